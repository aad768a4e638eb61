package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that cannot write any longer ends, and says nothing that is not so. */
final class FailStopIT {
  /** Of a file; the database outgrows it within some hundred grants. */
  private static final int WRITERS = 4;

  private static final int FILE_KIBIBYTES_MAX = 512;

  @TempDir private Path directory;

  @Test
  void write_filesMayNotGrow_acknowledgesNothingFalseEndsAndRecovers() throws Exception {
    var writers = new Writers();
    try (var server = serveWithLimit()) {
      Writers.register(server.apps());
      writers.start(Collections.nCopies(WRITERS, server.grants()));
      assertEquals(ExitCode.FAIL_STOP, server.exitCode());
      writers.join();
      assertTrue(
          server.err().stream().anyMatch(line -> line.contains("the store failed")),
          () -> server.err().toString());
    }
    try (var server = ServerProcess.serve(directory)) {
      writers.assertNothingLost(server.grants());
    }
  }

  /** A write beyond the limit then fails, as it does on a full disk. */
  private ServerProcess serveWithLimit() throws Exception {
    var command =
        new ArrayList<>(
            List.of("bash", "-c", "ulimit -f " + FILE_KIBIBYTES_MAX + "; exec \"$0\" \"$@\""));
    command.addAll(ServerProcess.command(ServerProcess.LAUNCHER, ServerProcess.serving(directory)));
    return ServerProcess.run(ServerProcess.quickStart(), command);
  }
}
