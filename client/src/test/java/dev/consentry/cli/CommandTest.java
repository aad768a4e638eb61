package dev.consentry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.BadRequest;
import dev.consentry.client.FakeServer;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import dev.consentry.v1.ListGrantsRequest;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What reads print, how failures are told, and what all commands share. */
final class CommandTest {
  private final FakeServer server = World.serve(FakeServer.start());

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void grants_twoPages_areOneTable() {
    CommandRun run = CommandRun.of(server, "grants");

    assertEquals(
        new CommandRun(
            0,
            """
            ACCOUNT  APP          STATE                   GRANTED                         BY     EXPIRES                          SCOPES
            acme     ledger-sync  ACTIVE                  3 days ago (2026-11-20 10:12Z)  local  never                            invoices.read invoices.write
            globex   ledger-sync  ACTIVE (app suspended)  3 days ago (2026-11-20 10:12Z)  local  in 2 months (2027-01-31 00:00Z)  invoices.read invoices.write
            """,
            ""),
        run);
  }

  @Test
  void grants_twoPagesAsJson_areOneMessageOfTheFirstRevision() {
    CommandRun run = CommandRun.of(server, "grants", "--output", "json", "--account", "acme");

    assertEquals(0, run.code());
    assertEquals("", run.err());
    assertTrue(
        run.out().startsWith("{\n  \"grants\": [{\n    \"accountId\": \"acme\","), run.out());
    assertTrue(run.out().contains("\"accountId\": \"globex\""), run.out());
    assertTrue(run.out().endsWith("}],\n  \"revision\": \"r-7\"\n}\n"), run.out());
    assertEquals(
        List.of("acme", "acme"),
        server.requests(GrantServiceGrpc.getListGrantsMethod()).stream()
            .map(ListGrantsRequest::getAccountId)
            .toList());
  }

  @ParameterizedTest
  @CsvSource({
    "active, STATE_ACTIVE",
    "revoked, STATE_REVOKED",
    "EXPIRED, STATE_EXPIRED",
    "all, STATE_ACTIVE STATE_REVOKED STATE_EXPIRED",
  })
  void grants_state_isAskedFor(String state, String expected) {
    assertEquals(0, CommandRun.of(server, "grants", "--state", state, "--app", "x").code());

    ListGrantsRequest sent = server.requests(GrantServiceGrpc.getListGrantsMethod()).get(0);
    assertEquals(
        expected, String.join(" ", sent.getStatesList().stream().map(Grant.State::name).toList()));
    assertEquals("x", sent.getAppId());
  }

  @Test
  void preview_table_showsWhatWouldBeGranted() {
    assertEquals(
        new CommandRun(
            0,
            """
            account    acme
            app        ledger-sync (version 3)
            name       Ledger Sync
            publisher  Acme Books
            scopes
              [x] invoices.read   required  Reads invoices
              [x] invoices.write  optional  Books payments
              [ ] contacts.read   optional  Names payers
            """,
            ""),
        CommandRun.of(
            server,
            "preview",
            "--account",
            "acme",
            "--app",
            "ledger-sync",
            "--optional-scope",
            "invoices.write"));
  }

  @Test
  void preview_json_isTheReply() {
    CommandRun run =
        CommandRun.of(
            server, "preview", "--account", "acme", "--app", "ledger-sync", "--output", "json");

    assertEquals(0, run.code());
    assertTrue(run.out().contains("\"scopes\": [\"invoices.read\"]"), run.out());
  }

  @Test
  void events_twoPages_areOneTable() {
    assertEquals(
        new CommandRun(
            0,
            """
            TIME                                EVENT        ACCOUNT  APP          BY     CHANGE              REASON
            3 days ago (2026-11-20 10:12Z)      REPLACED     acme     ledger-sync  local  +invoices.write -x  month end
            10 minutes ago (2026-11-23 10:02Z)  APP_CHANGED           ledger-sync  local  version 3
            """,
            ""),
        CommandRun.of(server, "events", "--since", "2026-11-01"));
    assertEquals(
        World.time("2026-11-01T00:00:00Z"),
        server.requests(HistoryServiceGrpc.getListEventsMethod()).get(0).getStartTime());
  }

  @Test
  void events_json_isOneMessage() {
    CommandRun run =
        CommandRun.of(
            server, "events", "--output=json", "--account", "acme", "--app", "ledger-sync");

    assertEquals(0, run.code());
    assertTrue(run.out().contains("\"type\": \"TYPE_REPLACED\""), run.out());
    assertTrue(run.out().contains("\"type\": \"TYPE_APP_CHANGED\""), run.out());
    assertTrue(run.out().endsWith("}],\n  \"revision\": \"r-9\"\n}\n"), run.out());
  }

  @Test
  void status_serving_exitsZero() {
    assertEquals(
        new CommandRun(
            0,
            "server    "
                + server.address()
                + "\nstatus    SERVING\nrevision  r-9\nversion   9.8.7\n",
            ""),
        CommandRun.of(server, "status"));
  }

  @Test
  void status_json_isOneMessage() {
    assertEquals(
        "{\n  \"server\": \""
            + server.address()
            + "\",\n  \"status\": \"SERVING\",\n  \"revision\": \"r-9\",\n"
            + "  \"version\": \"9.8.7\"\n}\n",
        CommandRun.of(server, "status", "--output", "json").out());
  }

  @Test
  void status_notServing_exitsTwoAndSaysWhatItKnows() {
    server
        .health(ServingStatus.NOT_SERVING)
        .on(
            AppServiceGrpc.getListAppsMethod(),
            request -> {
              throw Status.PERMISSION_DENIED.asRuntimeException();
            });

    CommandRun run = CommandRun.of(server, "status");

    assertEquals(2, run.code());
    assertTrue(run.out().contains("NOT_SERVING"), run.out());
    assertTrue(run.out().contains("revision  unknown\n"), run.out());
    assertTrue(run.out().contains("9.8.7"), run.out());
  }

  @Test
  void anyCommand_nobodyThere_saysSoAtOnce() throws IOException {
    String address = "127.0.0.1:" + freePort();

    CommandRun run =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () ->
                CommandRun.of(
                    Map.of("CONSENTRY_CLIENT_SERVER", address, "CONSENTRY_CLIENT_TIMEOUT", "60s"),
                    "status"));

    assertEquals(new CommandRun(2, "", "consentry: cannot reach " + address + "\n"), run);
  }

  @Test
  void anyCommand_refused_saysEveryFieldOnALine() {
    server.on(
        GrantServiceGrpc.getListGrantsMethod(),
        request -> {
          throw FakeServer.refusal(
              Status.Code.INVALID_ARGUMENT,
              ErrorReason.ERROR_REASON_INVALID_REQUEST,
              "2 fields are wrong\u001b[2J",
              Map.of(),
              BadRequest.FieldViolation.newBuilder()
                  .setField("account_id")
                  .setDescription("is too long")
                  .build(),
              BadRequest.FieldViolation.newBuilder()
                  .setField("app_id")
                  .setDescription("holds a space")
                  .build());
        });

    assertEquals(
        new CommandRun(
            2,
            "",
            """
            consentry: 2 fields are wrong\uFFFD[2J (INVALID_ARGUMENT INVALID_REQUEST)
              account_id: is too long
              app_id: holds a space
            """),
        CommandRun.of(server, "grants"));
  }

  @Test
  void anyCommand_serverSilent_saysThatTheOutcomeIsOpen() {
    server.onNothing(GrantServiceGrpc.getRevokeMethod());

    CommandRun run =
        CommandRun.of(
            server, "revoke", "--account", "a", "--app", "x", "--yes", "--timeout", "200ms");

    assertEquals(2, run.code());
    assertTrue(
        run.err().startsWith("consentry: no answer in time (DEADLINE_EXCEEDED)\n"), run.err());
    assertTrue(run.err().contains("may have been made or not"), run.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "apps",
        "nonsense",
        "grants --state lost",
        "grants --output xml",
        "grants --timeout 5x",
        "grants --timeout 0s",
        "grants --server localhost",
        "grants --server localhost:0",
        "grants --server localhost:65536",
        "events --since yesterday",
        "grant --account a --app x --expires 2027-02-30",
        "check --account a --app x",
        "check --app x --scope s",
        "check --account a --app x --scope s --at-least t --fully-consistent",
        "apps put",
        "completion fish",
        "bench --rate 0",
      })
  void anyCommand_wrongUsage_exitsTwoAndAsksNothing(String line) {
    CommandRun run = CommandRun.of(server, line.isEmpty() ? new String[0] : line.split(" ", -1));

    assertEquals(2, run.code(), run.toString());
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("consentry: "), run.err());
    assertTrue(run.err().contains("--help'"), run.err());
    assertEquals(List.of(), server.received());
  }

  @Test
  void events_badDate_saysWhatIsWrongAndWhatIsRight() {
    CommandRun run = CommandRun.of(server, "events", "--since", "yesterday");

    assertTrue(run.err().contains("'--since'"), run.err());
    assertTrue(run.err().contains("`yesterday`"), run.err());
    assertTrue(run.err().contains("YYYY-MM-DD"), run.err());
    assertTrue(run.err().contains("2027-01-31T08:00:00Z"), run.err());
  }

  @Test
  void commonOptions_afterTheCommandOrFromTheEnvironment_count() {
    Map<String, String> environment =
        Map.of("CONSENTRY_CLIENT_SERVER", server.address(), "CONSENTRY_CLIENT_OUTPUT", "json");

    assertTrue(CommandRun.of(environment, "status").out().startsWith("{"));
    // What is typed goes before the environment, wherever it is typed.
    assertTrue(
        CommandRun.of(environment, "status", "--output", "table").out().startsWith("server"));
    assertTrue(
        CommandRun.of(environment, "--output", "table", "status").out().startsWith("server"));
    assertEquals(
        0,
        CommandRun.of(
                Map.of("CONSENTRY_CLIENT_SERVER", "127.0.0.1:1"),
                "apps",
                "list",
                "--server",
                server.address())
            .code());
  }

  @Test
  void environment_unknownVariable_isRefused() {
    CommandRun run = CommandRun.of(Map.of("CONSENTRY_CLIENT_SEVRER", "x", "HOME", "/"), "status");

    assertEquals(2, run.code());
    assertEquals("consentry: unknown in the environment: CONSENTRY_CLIENT_SEVRER\n", run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "apps --help", "apps put --help", "grant -h"})
  void help_anyCommand_exitsZero(String line) {
    CommandRun run = CommandRun.of(Map.of(), line.split(" ", -1));

    assertEquals(0, run.code());
    assertTrue(run.out().startsWith("Usage: consentry"), run.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "apps -V", "check --version"})
  void version_anyCommand_isThatOfTheBuild(String line) {
    CommandRun run = CommandRun.of(Map.of(), line.split(" ", -1));

    assertEquals(0, run.code());
    assertTrue(run.out().matches("consentry \\d+\\.\\d+\\.\\d+\\S*\n"), run.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"completion", "completion bash", "completion zsh"})
  void completion_shell_printsAScript(String line) {
    CommandRun run = CommandRun.of(Map.of(), line.split(" ", -1));

    assertEquals(0, run.code());
    assertTrue(run.out().contains("complete -F _complete_consentry"), run.out());
    assertTrue(run.out().contains("revoke-app"), run.out());
    assertTrue(run.out().contains("--warm-up"), run.out());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
