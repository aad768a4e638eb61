package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Callers;
import dev.consentry.server.security.CallersFile;
import dev.consentry.server.security.Credential;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code token new} and {@code callers check}, and that what the one prints the other takes. */
final class CallersCommandTest {
  @TempDir private Path folder;

  private record Run(int exitCode, String out, String err) {}

  @Test
  void tokenNew_entryInAFile_letsItsTokenIn() throws IOException {
    Run made =
        run(
            "token",
            "new",
            "--id",
            "gateway",
            "--account",
            "acme",
            "--account",
            "it's:#[1]",
            "--app",
            "true");
    assertEquals(ExitCode.OK, made.exitCode());
    String token = made.out().lines().findFirst().orElse("");
    Caller caller = caller(file(made.out().substring(made.out().indexOf("  - id"))), token);
    assertEquals("token:gateway", caller.actor().principal());
    assertTrue(caller.rights().mayDecide("acme", "true"));
    assertTrue(caller.rights().mayDecide("it's:#[1]", "true"));
    assertFalse(caller.rights().mayDecide("acme", "mail"));
    assertFalse(caller.rights().mayDecide("globex", "true"));
    assertEquals(made.out().indexOf(token), made.out().lastIndexOf(token), "printed once");
  }

  @Test
  void tokenNew_asJson_saysTheSame() throws IOException, ParseException {
    Run made = run("token", "new", "--role", "operator", "--output", "json");
    assertEquals(1, made.out().lines().count());
    Map<String, Object> json = JSONObjectUtils.parse(made.out());
    String token = String.valueOf(json.get("token"));
    Caller caller = caller(file(String.valueOf(json.get("entry"))), token);
    assertTrue(caller.rights().mayOperate());
    assertEquals("token:" + json.get("id"), caller.actor().principal());
    assertTrue(
        String.valueOf(json.get("id"))
            .endsWith(String.valueOf(json.get("sha256")).substring(0, 8)));
  }

  @Test
  void tokenNew_again_isAnotherToken() throws IOException {
    String entry = run("token", "new").out();
    Path file = file(entry.substring(entry.indexOf("  - id")));
    String other = run("token", "new").out().lines().findFirst().orElse("");
    assertThrows(RefusedException.class, () -> caller(file, other));
  }

  @Test
  void tokenNew_argumentsThatAreWrong_exitWithUsage() {
    for (List<String> wrong :
        List.of(
            List.of("--id", "a b"),
            List.of("--role", "admin"),
            List.of("--account", ""),
            List.of("--account", "*"),
            List.of("--app", "a b"),
            List.of("--role", "operator", "--account", "acme"),
            List.of("--role", "operator", "--app", "mail"),
            List.of("--output", "xml"),
            List.of("x"),
            List.of("--acount", "acme"))) {
      var arguments = new java.util.ArrayList<>(List.of("token", "new"));
      arguments.addAll(wrong);
      Run refused = run(arguments.toArray(String[]::new));
      assertEquals(ExitCode.USAGE, refused.exitCode(), wrong::toString);
      assertEquals("", refused.out());
    }
    assertEquals(ExitCode.USAGE, run("token").exitCode());
    assertEquals(ExitCode.USAGE, run("callers").exitCode());
    assertEquals(ExitCode.USAGE, run("callers", "check").exitCode());
  }

  @Test
  void callersCheck_goodFile_saysWhatItAllows() throws IOException {
    String ids = "a".repeat(CallersCommand.CELL_LENGTH_MAX);
    Path file =
        file(
            """
            - id: gateway
              tokens: [{sha256: %s}]
              roles: [{role: decider, accounts: [globex, acme]}, {role: viewer}]
            - spiffe: spiffe://example.org/a
              roles: [{role: decider, apps: [%s]}, {role: viewer, apps: [%sb]}]
            """
                .formatted("a".repeat(64), ids, ids));
    assertEquals(
        new Run(
            ExitCode.OK,
            """
            CALLER                  TOKENS  ROLE     ACCOUNTS      APPS
            token:gateway           1       decider  acme, globex  all
            token:gateway           1       viewer   all           all
            spiffe://example.org/a  -       decider  all           %s
            spiffe://example.org/a  -       viewer   all           %s…
            """
                .formatted(ids, ids),
            ""),
        run("callers", "check", file.toString()));
  }

  @Test
  void callersCheck_badFile_listsAllProblemsAndExitsWithUsage() throws IOException {
    Path file = file("- id: gateway\n  roles: [{role: admin}]\n");
    assertEquals(
        new Run(
            ExitCode.USAGE,
            "",
            """
            consentry-server: %s is no file of callers
              - caller 1 (line 2): must have `tokens`, a list
              - caller 1, role 1, `role` (line 3): must be one of decider, viewer, account-admin, operator; is `admin`
            """
                .formatted(file)),
        run("callers", "check", file.toString()));
    Path missing = folder.resolve("missing");
    assertEquals(
        new Run(
            ExitCode.USAGE,
            "",
            "consentry-server: %s is no file of callers\n  - no such file\n".formatted(missing)),
        run("callers", "check", missing.toString()));
  }

  private Path file(String entries) throws IOException {
    return Files.writeString(folder.resolve("callers.yaml"), "callers:\n" + entries);
  }

  private static Caller caller(Path file, String token) {
    return new Callers(CallersFile.read(file), InstantSource.system())
        .identify(new Credential.Bearer(token))
        .caller();
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
