package dev.consentry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.client.FakeServer;
import dev.consentry.client.Shown;
import dev.consentry.client.TestAuthority;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GrantServiceGrpc;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the command is told whom to believe and what to show. */
final class AccessOptionsTest {
  private static final TestAuthority SERVERS = TestAuthority.named("servers");
  private static final TestAuthority CLIENTS = TestAuthority.named("clients");
  private static final String TOKEN = "secret-token-1";

  @TempDir private Path directory;
  private Path ca;
  private Path certificate;
  private Path key;
  private Path token;
  private final TestAuthority.Issued own = CLIENTS.issue();
  private final FakeServer plain = World.serve(FakeServer.start());
  private final FakeServer server =
      World.serve(FakeServer.startTls(SERVERS.issue(TestAuthority.loopback()), CLIENTS));

  @BeforeEach
  void write() throws IOException {
    ca = directory.resolve("ca.pem");
    certificate = directory.resolve("client.pem");
    key = directory.resolve("client-key.pem");
    token = directory.resolve("token");
    SERVERS.write(ca);
    own.write(certificate, key);
    Files.writeString(token, TOKEN + "\n");
    for (FakeServer each : List.of(server, plain)) {
      each.on(
          DecisionServiceGrpc.getCheckMethod(),
          request -> CheckResponse.newBuilder().setDecision(Decision.DECISION_ALLOW).build());
    }
  }

  @AfterEach
  void close() {
    server.close();
    plain.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status",
        "grants",
        "apps list",
        "apps get ledger-sync",
        "events",
        "preview --account acme --app ledger-sync",
        "revoke --account acme --app ledger-sync --yes",
        "revoke-app ledger-sync --yes",
        "check --account acme --app ledger-sync --scope s",
        "bench --account acme --app ledger-sync --scope s --warm-up 0s --duration 100ms"
            + " --concurrency 1 --connections 1",
      })
  void anyCommand_certificateAndToken_areShownWithEveryCall(String line) {
    CommandRun run =
        run(server, Map.of(), line, "--ca CA --cert CERT --key KEY --token-file TOKEN");

    assertEquals(0, run.code(), run.toString());
    Shown.Credentials expected =
        new Shown.Credentials(List.of("Bearer " + TOKEN), own.certificate());
    assertFalse(server.shown().isEmpty());
    assertEquals(List.of(expected), server.shown().stream().distinct().toList());
    assertFalse(run.toString().contains("secret"), run.toString());
  }

  @Test
  void environment_filesOfCredentials_areDefaults() {
    Map<String, String> environment = new HashMap<>();
    environment.put("CONSENTRY_CLIENT_CA", ca.toString());
    environment.put("CONSENTRY_CLIENT_CERT", certificate.toString());
    environment.put("CONSENTRY_CLIENT_KEY", key.toString());
    environment.put("CONSENTRY_CLIENT_TOKEN_FILE", token.toString());

    assertEquals(0, run(server, environment, "grants", "").code());
    assertEquals(
        List.of(new Shown.Credentials(List.of("Bearer " + TOKEN), own.certificate())),
        server.shown().stream().distinct().toList());
  }

  @Test
  void environment_tlsTrue_encrypts() {
    CommandRun run = run(plain, Map.of("CONSENTRY_CLIENT_TLS", "true"), "grants", "");

    assertEquals(2, run.code());
    assertTrue(run.err().startsWith("consentry: cannot reach "), run.err());
    assertEquals(0, run(plain, Map.of("CONSENTRY_CLIENT_TLS", "false"), "grants", "").code());
  }

  @Test
  void anyCommand_tokenInPlainTextOnTheLoopback_isShown() {
    assertEquals(0, run(plain, Map.of(), "grants", "--token-file TOKEN").code());
    assertEquals(List.of("Bearer " + TOKEN), plain.shown().get(0).authorizations());
  }

  @ParameterizedTest
  @ValueSource(strings = {"grants", "bench --prepare --yes"})
  void anyCommand_tokenInPlainTextToOthers_isRefusedWithAdvice(String line) {
    String[] args = (line + " --server gw.example:8980 --token-file " + token).split(" ");

    assertEquals(
        new CommandRun(
            2,
            "",
            """
            consentry: a token is never sent in plain text, but to the loopback: `gw.example:8980` needs TLS
              add --ca FILE, or --tls, if the certificate authorities that Java believes will do
            """),
        CommandRun.of(Map.of(), args));
  }

  @ParameterizedTest
  @CsvSource({
    "--ca NONE, 'there is no file `NONE`'",
    "--cert NONE --key KEY, 'there is no file `NONE`'",
    "--cert CERT --key NONE, 'there is no file `NONE`'",
    "--cert CERT, '--cert and --key go together: a certificate, and its private key'",
    "--key KEY, '--cert and --key go together: a certificate, and its private key'",
    "--cert CERT --key CA, 'there is no private key in `CA`'",
    "--ca TOKEN, 'there is no certificate in `TOKEN`'",
    "--ca CA --token-file NONE, 'there is no file `NONE`'",
    "--ca CA --token-file KEY,"
        + " 'what is in `KEY` is no bearer token: one line of letters, digits and -._~+/=, at most"
        + " 8192'",
  })
  void anyCommand_badFile_isOneLineOfWhatIsWrong(String options, String message) {
    assertEquals(
        new CommandRun(2, "", "consentry: " + named(message) + "\n"),
        run(server, Map.of(), "grants", options));
    assertEquals(List.of(), server.shown());
  }

  @Test
  void anyCommand_encryptionDoesNotComeAbout_saysWhy() {
    CommandRun unbelieved = run(server, Map.of(), "grants", "--tls");
    CommandRun plainThere = run(plain, Map.of(), "grants", "--ca CA");

    assertEquals(2, unbelieved.code());
    assertTrue(
        unbelieved.err().startsWith("consentry: cannot reach " + server.address() + ": "),
        unbelieved.err());
    assertTrue(unbelieved.err().contains("certification path"), unbelieved.err());
    assertEquals(2, plainThere.code());
    assertTrue(plainThere.err().contains("not an SSL/TLS record"), plainThere.err());
    assertEquals(
        new CommandRun(
            2,
            "",
            "consentry: cannot reach "
                + server.address()
                + ": it ends connections in plain text; it may want --ca FILE or --tls\n"),
        run(server, Map.of(), "grants", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 'No credential was sent: --token-file FILE, or --cert FILE and --key FILE.'",
    "--token-file TOKEN,"
        + " 'The token in TOKEN is no good there: it may have expired, or be meant for another"
        + " server.'",
    "--cert CERT --key KEY,"
        + " 'The certificate in CERT is no good there: it names nobody that the server knows.'",
  })
  void anyCommand_unauthenticated_saysWhatToDo(String options, String advice) {
    refuse(Status.Code.UNAUTHENTICATED, ErrorReason.ERROR_REASON_UNAUTHENTICATED);

    assertEquals(
        new CommandRun(
            2, "", "consentry: not so (UNAUTHENTICATED UNAUTHENTICATED)\n" + named(advice) + "\n"),
        run(server, Map.of(), "grants", "--ca CA " + options));
  }

  @Test
  void anyCommand_notAllowed_saysWhoCanHelp() {
    refuse(Status.Code.PERMISSION_DENIED, ErrorReason.ERROR_REASON_NOT_ALLOWED);

    CommandRun run = run(server, Map.of(), "grants", "--ca CA --token-file TOKEN");

    assertEquals(2, run.code());
    assertEquals(
        """
        consentry: not so (PERMISSION_DENIED NOT_ALLOWED)
        The server knows who this is, but not that they may do this: its operator says who may what.
        """,
        run.err());
  }

  @Test
  void help_anyCommand_namesTheOptions() {
    String help = CommandRun.of(Map.of(), "bench", "--help").out();

    for (String option :
        List.of("--tls", "--ca=FILE", "--cert=FILE", "--key=FILE", "--token-file=FILE")) {
      assertTrue(help.contains(option), help);
    }
  }

  private void refuse(Status.Code code, ErrorReason reason) {
    server.on(
        GrantServiceGrpc.getListGrantsMethod(),
        request -> {
          throw FakeServer.refusal(code, reason, "not so", Map.of());
        });
  }

  private CommandRun run(
      FakeServer at, Map<String, String> environment, String line, String options) {
    List<String> args = new ArrayList<>(List.of("--server", at.address()));
    args.addAll(Arrays.asList(line.split(" ")));
    Arrays.stream(named(options).split(" ")).filter(word -> !word.isEmpty()).forEach(args::add);
    return CommandRun.of(environment, args.toArray(String[]::new));
  }

  /** Files by their names in these tests. */
  private String named(String text) {
    return text.replaceAll("\\bCA\\b", ca.toString())
        .replaceAll("\\bCERT\\b", certificate.toString())
        .replaceAll("\\bKEY\\b", key.toString())
        .replaceAll("\\bTOKEN\\b", token.toString())
        .replaceAll("\\bNONE\\b", directory.resolve("none").toString());
  }
}
