package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code check-config} and {@code route}. */
final class CheckConfigCommandTest {
  private static final String GOOD =
      """
      listen: 127.0.0.1:0
      gateway:
        doors:
          web: { kind: forward-auth, family: x-original, caller: none, subject: { source: headers, app: x-app, account: x-account, trusted: true }, scopes: [profile, mail] }
          edge:
            kind: ext_authz
            subject: { source: token, issuers: [{ issuer: i, jwks: "https://id.example.invalid/jwks", audiences: [a] }], app: azp, account: org_id }
            scopes: routes
        routes:
          - { path: "/accounts/{account}/**", methods: [GET], scopes: [read] }
          - { path: "/accounts/{account}/**", methods: [POST], scopes: [read, write] }
          - { host: api.example.com, path: /status, methods: [GET], public: true }
          - { path: "/{page}", methods: [GET], public: true }
        authzen: {}
      """;

  @TempDir private Path folder;

  private record Run(int exitCode, String out, String err) {}

  @Test
  void checkConfig_goodFile_saysWhichDoors() throws IOException {
    Path file = file(GOOD);
    assertEquals(
        new Run(
            ExitCode.OK,
            """
            %s: good
              door edge: ext_authz, subject: token, scopes: routes
              door web: forward-auth, caller: none, subject: headers, scopes: profile mail
              routes: 4
              authzen
            """
                .formatted(file),
            ""),
        run("check-config", file.toString()));
  }

  @Test
  void checkConfig_noSection_isGoodToo() throws IOException {
    Path file = file("listen: 127.0.0.1:0\n");
    assertEquals(
        new Run(ExitCode.OK, file + ": good\n  no section `gateway`\n", ""),
        run("check-config", file.toString()));
  }

  @Test
  void checkConfig_everythingWrong_isToldAtOnce() throws IOException {
    Path file =
        file(
            GOOD.replace("127.0.0.1:0", "nowhere")
                    .replace("scopes: [profile, mail]", "scopes: []")
                    .replace("[a] }]", "[a], algorithms: [HS256] }]")
                    .replace("/status", "status")
                + "colour: red\n");
    Run run = run("check-config", file.toString());
    assertEquals(ExitCode.USAGE, run.exitCode());
    assertEquals("", run.out());
    List<String> lines = run.err().lines().toList();
    assertEquals("consentry-server: the configuration cannot be used", lines.getFirst());
    assertEquals(
        List.of(
            "unknown key: `colour` in " + file,
            "`listen` in " + file,
            "door `web`, `scopes` (line 4): must not be empty",
            "door `edge`, `subject`, issuer 1 (line 7): algorithms must be of",
            "route 3, `path` (line 12): must begin with `/`; is `status`"),
        lines.stream()
            .skip(1)
            .map(line -> line.substring("  - ".length()))
            .map(line ->
                line.startsWith("`listen`")
                    ? line.substring(0, line.indexOf(':'))
                    : line.replaceFirst("(algorithms must be of).*", "$1"))
            .toList());
  }

  @Test
  void checkConfig_keysFromAnywhere_isRefused() throws IOException {
    Run run = run("check-config", file(GOOD.replace("https://id.ex", "http://id.ex")).toString());
    assertTrue(
        run.err()
            .endsWith(
                "  - door `edge`, `subject`, issuer 1 (line 7): jwks must be an https URL (http to"
                    + " localhost alone), or a file\n"),
        run.err());
  }

  /** Whether the server asks who calls is not known then. */
  @Test
  void checkConfig_settingsWrong_saysOfDoorsWhatIsWrongInAnyCase() throws IOException {
    for (String caller : List.of("none", "token", "mtls")) {
      Path file =
          file(GOOD.replace("127.0.0.1:0", "nowhere").replace("caller: none", "caller: " + caller));
      Run run = run("check-config", file.toString());
      assertEquals(2, run.err().lines().count(), run.err());
      assertTrue(run.err().contains("`listen`"), run.err());
    }
    Path file = file(GOOD.replace("127.0.0.1:0", "nowhere").replace("caller: none", "caller: any"));
    assertEquals(3, run("check-config", file.toString()).err().lines().count());
  }

  @Test
  void checkConfig_serverThatAsksWhoCalls_isReadAsSuch() throws IOException {
    String asking = GOOD.replace("listen:", "callers: callers.yaml\nlisten:");
    Run none = run("check-config", file(asking).toString());
    assertTrue(none.err().contains("must be mtls or token"), none.err());
    assertEquals(
        ExitCode.OK,
        run("check-config", file(asking.replace("caller: none", "caller: token")).toString())
            .exitCode());
  }

  @Test
  void checkConfig_noYamlOrNoFile_isToldOnce() throws IOException {
    Run broken = run("check-config", file("gateway: {").toString());
    assertEquals(ExitCode.USAGE, broken.exitCode());
    assertEquals(2, broken.err().lines().count(), broken.err());
    Run missing = run("check-config", folder.resolve("missing").toString());
    assertEquals(ExitCode.USAGE, missing.exitCode());
    assertTrue(missing.err().contains("no such file"), missing.err());
    assertEquals(ExitCode.USAGE, run("check-config").exitCode());
    assertEquals(ExitCode.USAGE, run("check-config", "a", "b").exitCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET  | https://api.example.com/accounts/acme/x?y | rule: 1, matches: GET /accounts/{account}/**, scopes: read, account: acme",
        "POST | http://other.example.com:8080/accounts/%61cme | rule: 2, matches: POST /accounts/{account}/**, scopes: read write, account: acme",
        "HEAD | https://API.example.com./status           | rule: 3, matches: GET api.example.com/status, public: true",
        "GET  | https://www.example.com/status            | rule: 4, matches: GET /{page}, public: true",
        "GET  | https://www.example.com                   | refused: ROUTE_NOT_COVERED, detail: no rule covers this method, host and path",
        "PUT  | https://www.example.com/accounts/acme     | refused: ROUTE_NOT_COVERED, detail: no rule covers this method, host and path",
        "get  | https://www.example.com/page              | refused: ROUTE_NOT_COVERED, detail: no rule covers this method, host and path",
        "GET  | https://api.example.com/Status            | refused: ROUTE_AMBIGUOUS, detail: to upstreams that ignore letter case, or decode more, an earlier rule covers it",
        "GET  | https://api.example.com/a/../b            | refused: UNSAFE_REQUEST, detail: the path has a dot segment",
        "GET  | https://api.example.com//b                | refused: UNSAFE_REQUEST, detail: the path has an empty segment: `//`",
        "GET  | https:///b                                | refused: UNSAFE_REQUEST, detail: the host is empty",
      })
  void route_anyRequest_saysWhichRuleOrWhyNot(String method, String url, String told)
      throws IOException {
    Run run = run("route", file(GOOD).toString(), method, url);
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    String said = String.join(", ", run.out().lines().toList());
    assertTrue(said.startsWith(told.split(", detail: the ", -1)[0]), said);
  }

  @Test
  void route_asJson_saysTheSame() throws IOException, ParseException {
    String file = file(GOOD).toString();
    assertEquals(
        Map.of(
            "rule",
            2L,
            "matches",
            "POST /accounts/{account}/**",
            "scopes",
            List.of("read", "write"),
            "account",
            "acme"),
        json("route", file, "POST", "https://x/accounts/acme", "--output", "json"));
    assertEquals(
        Map.of("rule", 4L, "matches", "GET /{page}", "public", true),
        json("route", file, "GET", "https://x/page", "--output=json"));
    assertEquals(
        "UNSAFE_REQUEST",
        json("route", file, "GET", "https://x//", "--output=json").get("refused"));
  }

  @Test
  void route_badArguments_exitWithUsage() throws IOException {
    String file = file(GOOD).toString();
    for (List<String> wrong :
        List.of(
            List.of("route"),
            List.of("route", file),
            List.of("route", file, "GET"),
            List.of("route", file, "GET", "/status"),
            List.of("route", file, "GET", "ftp://x/status"),
            List.of("route", file, "GET", "https://x/", "--output", "xml"),
            List.of("route", folder.resolve("missing").toString(), "GET", "https://x/"),
            List.of("route", file("colour: red\n").toString(), "GET", "https://x/"))) {
      Run run = run(wrong.toArray(String[]::new));
      assertEquals(ExitCode.USAGE, run.exitCode(), wrong::toString);
      assertEquals("", run.out());
    }
    assertTrue(
        run("route", file("listen: 127.0.0.1:0\n").toString(), "GET", "https://x/")
            .out()
            .startsWith("refused: ROUTE_NOT_COVERED"));
  }

  /** Otherwise a bad section would end a start with a stack trace. */
  @Test
  void serve_badSection_exitsWithUsageAndAllProblems() throws IOException {
    Path file =
        file(
            GOOD.replace("scopes: routes", "scopes: route").replace("caller: none", "caller: any")
                + "data: %s\nhttp: off\n".formatted(folder.resolve("data")));
    Run run = run("serve", "--config", file.toString());
    assertEquals(ExitCode.USAGE, run.exitCode());
    assertTrue(
        run.err()
            .startsWith(
                "consentry-server: the section `gateway` in %s cannot be used\n".formatted(file)),
        run.err());
    assertEquals(3, run.err().lines().count(), run.err());
  }

  private Map<String, Object> json(String... arguments) throws ParseException {
    return JSONObjectUtils.parse(run(arguments).out());
  }

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("server.yaml"), content);
  }

  private static Run run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Run(exitCode, out.toString(), err.toString());
  }
}
