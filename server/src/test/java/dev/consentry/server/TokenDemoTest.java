package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.SignedJWT;
import dev.consentry.server.config.ConfigReader;
import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.demo.DemoIssuer;
import dev.consentry.server.security.AppTokenSettings;
import dev.consentry.server.security.AppTokens;
import dev.consentry.server.security.JwtSettings;
import dev.consentry.server.store.ConsentStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The demo issuer: its files, and the command that makes its tokens. */
final class TokenDemoTest {
  private static final String LONGEST = "x".repeat(256);

  @TempDir private Path folder;

  private record Run(int exitCode, String out, String err) {}

  @Test
  void serve_demoWithoutAStoreInFiles_makesTheIssuerAndSaysHowToUseIt() throws Exception {
    Path data = folder.resolve("new").resolve("data");
    var log = new ListAppender<ILoggingEvent>();
    Logger logger = (Logger) LoggerFactory.getLogger(DemoMode.class);
    Level level = logger.getLevel();
    logger.setLevel(Level.INFO);
    log.start();
    logger.addAppender(log);
    try {
      ConsentryServer.start(config(data, "true"), "test", _ -> {}).stop(Duration.ZERO);
    } finally {
      logger.detachAppender(log);
      logger.setLevel(level);
    }
    assertEquals("rw-------", mode(data.resolve(DemoIssuer.PRIVATE_FILE)));
    assertEquals("rwx------", mode(data));
    assertEquals(Set.of(DemoIssuer.PRIVATE_FILE, DemoIssuer.PUBLIC_FILE), Set.copyOf(names(data)));
    String secret = secret(data);
    assertFalse(Files.readString(data.resolve(DemoIssuer.PUBLIC_FILE)).contains(secret));
    String logged = log.list.stream().map(one -> one.getKeyValuePairs() + "\n").toList().toString();
    assertTrue(logged.contains("token demo --data " + data), logged);
    assertFalse(logged.contains(secret));
    Run made = demo(data, "--app", "ledger-sync", "--account", "acme", "--scope", "invoices.read");
    assertEquals("ledger-sync acme invoices.read", verified(data, made.out().strip()));
    /* A store can be made where a demo was that had none. */
    ConsentStore.openDirectory(data).close();
  }

  @Test
  void serve_withoutDemo_writesNothing() {
    Path data = folder.resolve("data");
    ConsentryServer.start(config(data, "false"), "test", _ -> {}).stop(Duration.ZERO);
    assertFalse(Files.exists(data));
    Run refused = demo(data, "--app", "mail", "--account", "acme");
    assertEquals(
        new Run(
            ExitCode.FAILED,
            "",
            "consentry-server: there is no %s: is there a server started with --demo --data %s?%n"
                .formatted(data.resolve(DemoIssuer.PRIVATE_FILE), data)),
        refused);
    assertFalse(Files.exists(data));
  }

  @Test
  void serve_directoryThatCannotBeMade_servesAllTheSame() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    ConsentryServer.start(config(file, "true"), "test", _ -> {}).stop(Duration.ZERO);
    assertEquals("", Files.readString(file));
  }

  @Test
  void openOrMake_again_keepsTheKeyAndWritesThePublicOnesAnew() throws IOException {
    DemoIssuer.openOrMake(folder);
    Path file = folder.resolve(DemoIssuer.PRIVATE_FILE);
    Path keys = folder.resolve(DemoIssuer.PUBLIC_FILE);
    byte[] before = Files.readAllBytes(file);
    byte[] keysBefore = Files.readAllBytes(keys);
    Files.writeString(keys, "{}");
    DemoIssuer.openOrMake(folder);
    assertArrayEquals(before, Files.readAllBytes(file));
    assertArrayEquals(keysBefore, Files.readAllBytes(keys));
    assertEquals(2, names(folder).size());
    assertTrue(mode(keys).startsWith("rw-r"), mode(keys));
  }

  @Test
  void openOrMake_manyAtOnce_areOneIssuer() throws Exception {
    var makers = new ArrayList<Callable<DemoIssuer>>();
    for (int i = 0; i < 16; i++) {
      makers.add(() -> DemoIssuer.openOrMake(folder));
    }
    try (var threads = Executors.newFixedThreadPool(makers.size())) {
      for (var made : threads.invokeAll(makers)) {
        var minted =
            made.get()
                .mint(
                    new AppId("mail"),
                    new AccountId("acme"),
                    List.of(),
                    DemoIssuer.LIFETIME_MAX,
                    Instant.now());
        assertEquals("mail acme null", verified(folder, minted.token()));
      }
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
    assertEquals(2, names(folder).size());
  }

  @Test
  void open_fileThatIsNoPrivateKey_staysAndIsNotShown() throws IOException {
    DemoIssuer.openOrMake(folder);
    Path file = folder.resolve(DemoIssuer.PRIVATE_FILE);
    String whole = Files.readString(file);
    String publicOnly = Files.readString(folder.resolve(DemoIssuer.PUBLIC_FILE));
    for (String broken :
        List.of(
            "",
            "{",
            "null",
            "s3cret",
            "{\"kty\":\"oct\",\"k\":\"s3cret\"}",
            whole.substring(1),
            whole.replace("\"kid\"", "\"kit\""),
            whole.replace("P-256", "P-384"),
            publicOnly,
            whole + " ".repeat(1 << 15))) {
      Files.writeString(file, broken);
      Run refused = demo(folder, "--app", "mail", "--account", "acme");
      assertEquals(ExitCode.FAILED, refused.exitCode(), broken);
      assertTrue(
          refused.err().startsWith("consentry-server: cannot make a token: " + file),
          refused.err());
      assertFalse(refused.err().contains("s3cret"));
      assertEquals(1, refused.err().lines().count());
      assertThrows(IOException.class, () -> DemoIssuer.openOrMake(folder));
      assertEquals(broken, Files.readString(file));
    }
  }

  @Test
  void tokenDemo_claims_areThoseOfAnAccessToken() throws IOException, ParseException {
    DemoIssuer.openOrMake(folder);
    Instant before = Instant.now();
    Run made =
        demo(
            folder,
            "--app",
            "mail",
            "--account",
            "a:c",
            "--scope",
            "b",
            "--scope",
            "a",
            "--scope",
            "b",
            "--lifetime",
            "24h",
            "--output",
            "json");
    assertEquals(1, made.out().lines().count());
    Map<String, Object> json = JSONObjectUtils.parse(made.out());
    assertEquals(List.of("b", "a"), json.get("scopes"));
    assertEquals("mail", json.get("app"));
    assertEquals("a:c", json.get("account"));
    assertEquals("https://issuer.demo.invalid", json.get("issuer"));
    assertEquals("demo-api", json.get("audience"));
    SignedJWT token = SignedJWT.parse(String.valueOf(json.get("token")));
    var claims = token.getJWTClaimsSet();
    assertEquals("at+jwt", token.getHeader().getType().getType());
    assertEquals("ES256", token.getHeader().getAlgorithm().getName());
    assertEquals("mail", claims.getSubject());
    assertEquals("b a", claims.getStringClaim("scope"));
    Instant expires = claims.getExpirationTime().toInstant();
    assertEquals(Instant.parse(String.valueOf(json.get("expires"))), expires);
    assertEquals(
        Duration.ofHours(24), Duration.between(claims.getIssueTime().toInstant(), expires));
    assertFalse(claims.getIssueTime().toInstant().isBefore(before.minusSeconds(1)));
    assertEquals("mail a:c b a", verified(folder, token.serialize()));
  }

  @Test
  void tokenDemo_longestNames_makeATokenThatIsTaken() throws IOException {
    DemoIssuer.openOrMake(folder);
    var arguments = new ArrayList<>(List.of("--app", LONGEST, "--account", LONGEST));
    IntStream.range(0, DemoIssuer.SCOPES_MAX)
        .forEach(i -> arguments.addAll(List.of("--scope", "%0256d".formatted(i))));
    Run made = demo(folder, arguments.toArray(String[]::new));
    assertTrue(verified(folder, made.out().strip()).startsWith(LONGEST));
    arguments.addAll(List.of("--scope", "one-more"));
    Run refused = demo(folder, arguments.toArray(String[]::new));
    assertEquals(ExitCode.USAGE, refused.exitCode());
    assertTrue(refused.err().startsWith("a token has at most 16 scopes"), refused.err());
  }

  @Test
  void tokenDemo_argumentsThatAreWrong_exitWithUsage() throws IOException {
    DemoIssuer.openOrMake(folder);
    for (List<String> wrong :
        List.of(
            List.of("--app", "mail"),
            List.of("--account", "acme"),
            List.of("--app", "a b", "--account", "acme"),
            List.of("--app", "mail", "--account", ""),
            List.of("--app", "mail", "--account", LONGEST + "x"),
            List.of("--app", "mail", "--account", "acme", "--scope", "a b"),
            List.of("--app", "mail", "--account", "acme", "--scope", ""),
            List.of("--app", "mail", "--account", "acme", "--lifetime", "999ms"),
            List.of("--app", "mail", "--account", "acme", "--lifetime", "86401s"),
            List.of("--app", "mail", "--account", "acme", "--lifetime", "1"),
            List.of("--app", "mail", "--account", "acme", "--output", "xml"),
            List.of("--app", "mail", "--account", "acme", "--scopes", "x"),
            List.of("--app", "mail", "--account", "acme", "x"))) {
      Run refused = demo(folder, wrong.toArray(String[]::new));
      assertEquals(ExitCode.USAGE, refused.exitCode(), wrong::toString);
      assertEquals("", refused.out());
    }
    for (String lifetime : List.of("1s", "1d", "24h", "1500ms")) {
      Run made = demo(folder, "--app", "mail", "--account", "acme", "--lifetime", lifetime);
      assertEquals("mail acme null", verified(folder, made.out().strip()), lifetime);
    }
  }

  private static ServerConfig config(Path data, String demo) {
    return ConfigReader.read(
        Map.of(
            "--listen", "127.0.0.1:0",
            "--data", data.toString(),
            "--store", "memory",
            "--demo", demo,
            "--warm-up", "0s"),
        List.of(),
        Map.of(),
        Runtime.getRuntime().maxMemory());
  }

  /** App, account and scopes of a token, as a door takes it that believes the demo issuer. */
  private static String verified(Path data, String token) {
    var settings =
        new AppTokenSettings(
            List.of(
                new AppTokenSettings.Issuer(
                    DemoIssuer.ISSUER,
                    Set.of(DemoIssuer.AUDIENCE),
                    AppTokenSettings.USUAL_ALGORITHMS,
                    JwtSettings.ACCESS_TOKEN_TYPE,
                    new JwtSettings.Keys.File(data.resolve(DemoIssuer.PUBLIC_FILE)))));
    try (var door =
        AppTokens.open(
            settings,
            claims ->
                "%s %s %s".formatted(claims.get("azp"), claims.get("org_id"), claims.get("scope")),
            InstantSource.system())) {
      return door.identify(token);
    }
  }

  private static String secret(Path data) throws IOException, ParseException {
    return ECKey.parse(Files.readString(data.resolve(DemoIssuer.PRIVATE_FILE))).getD().toString();
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static List<String> names(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static Run demo(Path data, String... options) {
    var arguments = new ArrayList<>(List.of("token", "demo", "--data", data.toString()));
    arguments.addAll(List.of(options));
    var out = new StringWriter();
    var err = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments.toArray(String[]::new));
    return new Run(exitCode, out.toString(), err.toString());
  }
}
