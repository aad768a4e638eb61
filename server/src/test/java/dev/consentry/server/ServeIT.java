package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.ListAppsRequest;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.RevokeRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of a real process. */
final class ServeIT {
  private static final CheckRequest QUESTION =
      CheckRequest.newBuilder()
          .setAccountId("acme")
          .setAppId("ledger-sync")
          .addScopes("invoices.read")
          .build();

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void serve_untilASignal_printsOneLineLogsJsonAndExitsZero(String signal) throws Exception {
    try (var server = ServerProcess.serve(data())) {
      String address = server.address();
      assertEquals(
          ServingStatus.SERVING,
          HealthGrpc.newBlockingStub(server.channel())
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus());
      server.signal(signal);
      assertEquals(ExitCode.OK, server.exitCode());
      assertEquals(List.of("Consentry serves on " + address), server.out());
      assertTrue(address.matches("127\\.0\\.0\\.1:[0-9]{2,5}"), address);
      for (String line : server.err()) {
        assertTrue(line.startsWith("{\"timestamp\":") && line.endsWith("}"), line);
      }
    }
    assertFalse(Files.exists(data().resolve(ControlSocket.FILE)));
  }

  @Test
  void serve_healthIsWatched_endsTheWatchAndItself() throws Exception {
    try (var server = ServerProcess.serve(data(), "--store", "memory")) {
      var watch =
          HealthGrpc.newBlockingStub(server.channel())
              .watch(HealthCheckRequest.getDefaultInstance());
      assertEquals(ServingStatus.SERVING, watch.next().getStatus());
      long start = System.nanoTime();
      server.signal("TERM");
      assertEquals(ServingStatus.NOT_SERVING, watch.next().getStatus());
      var e = Assertions.assertThrows(StatusRuntimeException.class, watch::hasNext);
      assertEquals(Status.Code.UNAVAILABLE, e.getStatus().getCode());
      assertEquals(ExitCode.OK, server.exitCode());
      assertTrue(System.nanoTime() - start < ConsentryServer.CALLS_TIMEOUT.toNanos());
    }
  }

  @Test
  void serve_toldTwiceWhileDraining_endsAtOnce() throws Exception {
    try (var server = ServerProcess.serve(data(), "--drain", "20s")) {
      var health = HealthGrpc.newBlockingStub(server.channel());
      var watch = health.watch(HealthCheckRequest.getDefaultInstance());
      assertEquals(ServingStatus.SERVING, watch.next().getStatus());
      long start = System.nanoTime();
      server.signal("TERM");
      assertEquals(ServingStatus.NOT_SERVING, watch.next().getStatus());
      var alive = HealthCheckRequest.newBuilder().setService(Health.LIVENESS).build();
      assertEquals(ServingStatus.SERVING, health.check(alive).getStatus());
      server.signal("TERM");
      assertEquals(130, server.exitCode());
      assertTrue(System.nanoTime() - start < 20_000_000_000L);
    }
  }

  @Test
  void serve_directoryInUse_isRefusedByNameAndTheFirstServesOn() throws Exception {
    try (var first = ServerProcess.serve(data(), "--demo")) {
      var decisions = first.decisions();
      try (var second = ServerProcess.serve(data())) {
        assertEquals(ExitCode.FAILED, second.exitCode());
        assertEquals(List.of(), second.out());
        String error = String.join("", second.err());
        assertTrue(error.contains("is in use by process " + first.process.pid()), error);
      }
      assertEquals(Decision.DECISION_ALLOW, decisions.check(QUESTION).getDecision());
    }
  }

  @Test
  void serve_portInUse_saysWhichOptionChoosesAnother() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var server =
            ServerProcess.launch(
                "serve", "--store=memory", "--listen", "127.0.0.1:" + taken.getLocalPort())) {
      assertEquals(ExitCode.FAILED, server.exitCode());
      String error = String.join("", server.err());
      assertTrue(error.contains("cannot listen on 127.0.0.1:" + taken.getLocalPort()), error);
      assertTrue(error.contains("--listen"), error);
    }
  }

  @Test
  void serve_httpPortInUse_saysWhichOptionChoosesAnother() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var server =
            ServerProcess.launch(
                "serve",
                "--store=memory",
                "--listen=127.0.0.1:0",
                "--http",
                "127.0.0.1:" + taken.getLocalPort())) {
      assertEquals(ExitCode.FAILED, server.exitCode());
      assertEquals(List.of(), server.out());
      String error = String.join("", server.err());
      assertTrue(error.contains("cannot listen on 127.0.0.1:" + taken.getLocalPort()), error);
      assertTrue(error.contains("--http"), error);
    }
  }

  @Test
  void serve_badOptions_saysAllOfThemAndExitsTwo() throws Exception {
    try (var server = ServerProcess.launch("serve", "--lisen=x", "--drain=1h")) {
      assertEquals(ExitCode.USAGE, server.exitCode());
      assertEquals(3, server.err().size(), () -> server.err().toString());
      assertTrue(server.err().get(1).contains("did you mean `--listen`?"));
      assertTrue(server.err().get(2).contains("`--drain`: must be a time from 0s to 20s"));
    }
  }

  @Test
  void demo_storeThatIsNotEmpty_staysAsItIs() throws Exception {
    String revision;
    try (var server = ServerProcess.serve(data(), "--demo")) {
      var apps = server.apps().listApps(ListAppsRequest.getDefaultInstance());
      assertEquals(10, apps.getAppsCount());
      revision = apps.getRevision();
      server.signal("TERM");
      assertEquals(ExitCode.OK, server.exitCode());
    }
    try (var server = ServerProcess.serve(data(), "--demo")) {
      var apps = server.apps().listApps(ListAppsRequest.getDefaultInstance());
      assertEquals(number(revision), number(apps.getRevision()));
      assertTrue(String.join("", server.err()).contains("the store is not empty"));
    }
  }

  @Test
  void backup_whileServing_restoresWhatWasAcknowledgedBefore() throws Exception {
    Path file = directory.resolve("a backup.zip");
    try (var server = ServerProcess.serve(data(), "--demo")) {
      server.address();
      assertEquals(
          PosixFilePermissions.fromString("rwx------"), Files.getPosixFilePermissions(data()));
      assertEquals(ExitCode.OK, run("backup", file.toString(), "--data", data().toString()));
      assertEquals(ExitCode.FAILED, run("backup", file.toString(), "--data", data().toString()));
      server
          .grants()
          .revoke(RevokeRequest.newBuilder().setAccountId("acme").setAppId("ledger-sync").build());
    }
    Path restored = directory.resolve("restored");
    assertEquals(ExitCode.OK, run("restore", file.toString(), "--data", restored.toString()));
    assertEquals(ExitCode.FAILED, run("restore", file.toString(), "--data", restored.toString()));
    try (var server = ServerProcess.serve(restored)) {
      CheckResponse response = server.decisions().check(QUESTION);
      assertEquals(Decision.DECISION_ALLOW, response.getDecision());
    }
    try (var server = ServerProcess.serve(data())) {
      CheckResponse response = server.decisions().check(QUESTION);
      assertEquals(Decision.DECISION_DENY, response.getDecision());
    }
  }

  @Test
  void backup_noServer_readsTheDirectoryItself() throws Exception {
    try (var server = ServerProcess.serve(data(), "--demo")) {
      server.address();
      // Its socket stays behind, with nobody at the other end.
      server.kill();
    }
    Path file = directory.resolve("b.zip");
    assertEquals(ExitCode.OK, run("backup", file.toString(), "--data", data().toString()));
    Path restored = directory.resolve("restored");
    assertEquals(ExitCode.OK, run("restore", file.toString(), "--data", restored.toString()));
    try (var server = ServerProcess.serve(restored)) {
      var grants =
          server.grants().listGrants(ListGrantsRequest.newBuilder().setPageSize(1_000).build());
      assertTrue(grants.getGrantsCount() >= 20, () -> "grants: " + grants.getGrantsCount());
    }
    String nowhere = directory.resolve("nowhere").toString();
    assertEquals(ExitCode.FAILED, run("backup", file + "2", "--data", nowhere));
    assertFalse(Files.exists(Path.of(nowhere)));
  }

  @Test
  void exitWithParent_parentKilled_endsInOrder() throws Exception {
    // The shell prints the process id of the server, and waits for it.
    String script = "\"$0\" \"$@\" & echo pid $!; wait";
    var command = new ArrayList<>(List.of("bash", "-c", script));
    command.addAll(
        ServerProcess.command(
            ServerProcess.LAUNCHER, ServerProcess.serving(data(), "--exit-with-parent")));
    try (var parent = ServerProcess.run(ServerProcess.quickStart(), command)) {
      parent.address();
      long pid = Long.parseLong(parent.out().getFirst().substring("pid ".length()));
      ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
      parent.kill();
      server.onExit().get(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    try (var next = ServerProcess.serve(data())) {
      next.address();
    }
  }

  private static int run(String... arguments) throws Exception {
    try (var command = ServerProcess.launch(arguments)) {
      return command.exitCode();
    }
  }

  private static long number(String token) {
    return Long.parseLong(Pattern.compile("-").splitAsStream(token).toList().getLast());
  }

  private Path data() {
    return directory.resolve("data");
  }
}
