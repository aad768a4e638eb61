package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.v1.ListAppsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process that is told who may call, or not told well enough. */
final class AccessIT {
  private static final String EVERYBODY = "0.0.0.0:0";

  /** Nobody knows a token with this hash. */
  private static final String SHA256 = "0".repeat(64);

  @TempDir private Path directory;

  @Test
  void serve_othersCanReachItAndNobodyIsAsked_exitsTwoAndSaysWhatToDo() throws Exception {
    List<String> error = refused(ExitCode.USAGE, "--listen", EVERYBODY);
    assertEquals(2, error.size(), error::toString);
    assertEquals("consentry-server: the configuration cannot be used", error.getFirst());
    String problem = error.getLast();
    for (String part : List.of("`--listen`", EVERYBODY, "127.0.0.1", "`callers`", "`jwt-issuer`")) {
      assertTrue(problem.contains(part), problem);
    }
  }

  @Test
  void serve_othersCanReachItInPlainText_exitsTwoAndSaysWhatToDo() throws Exception {
    Path callers = write("callers.yaml", callers("decider"));
    List<String> error =
        refused(ExitCode.USAGE, "--listen", EVERYBODY, "--callers", callers.toString());
    assertEquals(2, error.size(), error::toString);
    for (String part : List.of("`--listen`", "`tls-cert`", "`tls-key`", "`plaintext`")) {
      assertTrue(error.getLast().contains(part), error::toString);
    }
  }

  @Test
  void serve_brokenCallersFile_exitsTwoAndListsAllProblems() throws Exception {
    Path callers = write("callers.yaml", callers("decide") + "tokens: none\n");
    List<String> error =
        refused(ExitCode.USAGE, "--listen", "127.0.0.1:0", "--callers", callers.toString());
    List<String> told = error.stream().filter(line -> !line.startsWith("{")).toList();
    assertEquals("consentry-server: %s is no file of callers".formatted(callers), told.getFirst());
    assertEquals(3, told.size(), told::toString);
    assertTrue(told.stream().anyMatch(line -> line.contains("(line 6): must be one of decider")));
    assertTrue(told.stream().anyMatch(line -> line.contains("unknown key: `tokens`")));
  }

  @Test
  void serve_missingKeySet_exitsOneAndSaysSoInOneLine() throws Exception {
    Path keys = directory.resolve("keys.json");
    List<String> error =
        refused(
            ExitCode.FAILED,
            "--listen",
            "127.0.0.1:0",
            "--jwt-keys",
            keys.toString(),
            "--jwt-issuer",
            "https://issuer.example",
            "--jwt-audience",
            "consentry",
            "--jwt-algorithms",
            "ES256");
    List<String> reasons =
        error.stream().filter(line -> line.contains(keys.getFileName().toString())).toList();
    assertEquals(1, reasons.size(), error::toString);
    assertTrue(reasons.getFirst().contains("cannot start: "), error::toString);
    for (String line : error) {
      assertTrue(line.startsWith("{\"timestamp\":") && line.endsWith("}"), line);
      assertFalse(line.contains("\\tat "), line);
    }
  }

  @Test
  void serve_goodCallersFile_asksEverybodyWhoTheyAre() throws Exception {
    Path callers = write("callers.yaml", callers("decider"));
    try (var server =
        ServerProcess.serve(
            directory.resolve("data"), "--store=memory", "--callers", callers.toString())) {
      var apps = server.apps();
      var e =
          assertThrows(
              StatusRuntimeException.class,
              () -> apps.listApps(ListAppsRequest.getDefaultInstance()));
      assertEquals(Status.Code.UNAUTHENTICATED, e.getStatus().getCode());
    }
  }

  /** What a server says on standard error that ends so, and has said nothing else. */
  private List<String> refused(int exitCode, String... arguments) throws Exception {
    var command = new ArrayList<>(List.of("serve", "--store=memory"));
    command.addAll(List.of(arguments));
    try (var server = ServerProcess.launch(command.toArray(String[]::new))) {
      assertEquals(exitCode, server.exitCode(), () -> server.err().toString());
      assertEquals(List.of(), server.out());
      return server.err();
    }
  }

  private Path write(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text);
  }

  private static String callers(String role) {
    return """
    callers:
      - id: gateway
        tokens:
          - sha256: %s
        roles:
          - role: %s
    """
        .formatted(SHA256, role);
  }
}
