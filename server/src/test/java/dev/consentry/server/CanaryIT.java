package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GetAppRequest;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Secrets that are easily found again, wherever one may be given, and every place where somebody
 * who may not know them could look.
 */
final class CanaryIT {
  /** Part of every secret; stands nowhere else. */
  private static final String CANARY = "c4n4ry-s3cr3t";

  private static final String PASSWORD = "CONSENTRY_SERVER_STORE_PASSWORD";
  private static final String STORE = "CONSENTRY_SERVER_STORE";

  /** Nobody listens there. */
  private static final String NOWHERE = "jdbc:postgresql://127.0.0.1:1/consentry?user=me";

  /** A preshared token, and the middle of a JWT. */
  private static final String TOKEN = "cst_" + CANARY + "A".repeat(43 - CANARY.length());

  private static final String JWT = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9." + CANARY + ".AAAA";

  /** What secrets are given to: its arguments, its environment, and whoever calls. */
  record Given(List<String> arguments, Map<String, String> environment, String credential) {
    static Given of(String... arguments) {
      return new Given(List.of(arguments), Map.of(), TOKEN);
    }

    Given showing(String other) {
      return new Given(arguments, environment, other);
    }

    Given with(String variable, String value) {
      var more = new HashMap<>(environment);
      more.put(variable, value);
      return new Given(arguments, more, credential);
    }
  }

  /** Makes what a case needs, files in a directory among it. */
  interface Setting {
    Given in(Path directory);
  }

  /** A case, by name. */
  record Case(String name, Setting setting) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Servers that run. */
  private static final List<Case> SERVED =
      List.of(
          new Case(
              "store password in a variable",
              _ -> Given.of("--store", database()).with(PASSWORD, CANARY)),
          new Case(
              "store password in a file",
              directory ->
                  Given.of(
                      "--store",
                      database(),
                      "--store-password-file",
                      file(directory, "password", CANARY + "\n"))),
          new Case(
              "password file named in the configuration",
              directory ->
                  Given.of(
                      "--config",
                      file(
                          directory,
                          "config.yaml",
                          "store: %s%nstore-password-file: %s%n"
                              .formatted(database(), file(directory, "password", CANARY + "\n"))))),
          new Case("token that is listed", directory -> listed(directory, TOKEN)),
          new Case("token that is not listed", directory -> listed(directory, "another")),
          new Case(
              "JWT that is no good",
              directory ->
                  Given.of(
                          "--jwt-issuer=x",
                          "--jwt-audience=x",
                          "--jwt-algorithms=ES256",
                          "--jwt-keys=" + file(directory, "keys.json", publicKeys()))
                      .showing(JWT)));

  /** Commands that end. */
  private static final List<Case> ENDED =
      List.of(
          new Case("help", _ -> Given.of("--help").with(PASSWORD, CANARY)),
          new Case("help of serve", _ -> Given.of("serve", "--help").with(PASSWORD, CANARY)),
          new Case("version", _ -> Given.of("--version").with(PASSWORD, CANARY)),
          serve("store cannot be reached", Given.of("--store", NOWHERE).with(PASSWORD, CANARY)),
          serve("another setting is bad", Given.of("--drain=1h").with(PASSWORD, CANARY)),
          serve("variable misspelled", Given.of().with(PASSWORD + "S", CANARY)),
          serve("DSN with a user's password", Given.of("--store", dsn("me:" + CANARY + "@db", ""))),
          serve("DSN with a parameter", Given.of("--store", dsn("db", "?password=" + CANARY))),
          serve("DSN with an escape", Given.of("--store", dsn("db", "?passw%6Frd=" + CANARY))),
          serve("DSN in a variable", Given.of().with(STORE, dsn("db", "?password=" + CANARY))),
          serve("DSN of another kind", Given.of("--store", "mysql://me:" + CANARY + "@db/x")),
          serve("password as a flag", Given.of("--store-password", CANARY)),
          serve("password as a flag with =", Given.of("--store-password=" + CANARY)),
          serve("password as part of a switch", Given.of("--demo", "--password=" + CANARY)),
          config("password in the configuration", "store-password: " + CANARY),
          config("password under another key", "password: " + CANARY),
          config("DSN in the configuration", "store: " + dsn("db", "?password=" + CANARY)),
          config("nested in the configuration", "store: {password: " + CANARY + "}"),
          config("configuration is no YAML", "store-password: \"" + CANARY),
          config("configuration is one word", CANARY),
          new Case(
              "password file of two lines",
              directory ->
                  Given.of(
                      "serve",
                      "--store",
                      NOWHERE,
                      "--store-password-file",
                      file(directory, "password", CANARY + "\n" + CANARY + "\n"))),
          new Case(
              "password given twice",
              directory ->
                  Given.of(
                          "serve",
                          "--store",
                          NOWHERE,
                          "--store-password-file",
                          file(directory, "password", CANARY + "\n"))
                      .with(PASSWORD, CANARY)),
          serve(
              "password in the URL of keys", jwt("https://me:" + CANARY + "@issuer.example/keys")),
          new Case(
              "serve: keys that are secrets",
              directory -> {
                String keys =
                    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"1\",\"k\":\"%s\"}]}".formatted(CANARY);
                var arguments = new ArrayList<>(List.of("serve"));
                arguments.addAll(jwt(file(directory, "keys.json", keys)).arguments());
                return Given.of(arguments.toArray(String[]::new));
              }),
          callers("token in place of its hash", "callers: [{id: x, tokens: [{sha256: %s}]}]"),
          callers("token beside its hash", "callers: [{id: x, token: %s}]"),
          callers("token as an id", "callers: [{id: %s}]"),
          callers("no YAML", "callers: [%s"),
          new Case(
              "serve: broken callers",
              directory ->
                  Given.of("serve", "--callers=" + file(directory, "callers.yaml", "- " + TOKEN))),
          new Case(
              "serve: key that is none",
              directory ->
                  Given.of(
                      "serve",
                      "--tls-cert=" + file(directory, "cert.pem", CANARY),
                      "--tls-key=" + file(directory, "key.pem", CANARY))),
          new Case("migrate", _ -> Given.of("migrate", "--store", NOWHERE).with(PASSWORD, CANARY)),
          new Case(
              "new-epoch", _ -> Given.of("new-epoch", "--store", NOWHERE).with(PASSWORD, CANARY)),
          new Case(
              "import-h2 with a DSN",
              _ -> Given.of("import-h2", "--store", dsn("db", "?password=" + CANARY))));

  @TempDir private Path directory;

  static Stream<Case> served() {
    return SERVED.stream();
  }

  static Stream<Case> ended() {
    return ENDED.stream();
  }

  private static Case serve(String name, Given given) {
    return new Case(
        "serve: " + name,
        directory -> {
          var arguments = new ArrayList<>(List.of("serve", "--log-level=trace", "--data"));
          arguments.add(directory.resolve("data").toString());
          arguments.addAll(given.arguments());
          return new Given(arguments, given.environment(), given.credential());
        });
  }

  private static Case callers(String name, String text) {
    return new Case(
        "callers check: " + name,
        directory ->
            Given.of("callers", "check", file(directory, "callers.yaml", text.formatted(TOKEN))));
  }

  private static Given jwt(String keys) {
    return Given.of(
        "--jwt-issuer=x", "--jwt-audience=x", "--jwt-algorithms=ES256", "--jwt-keys=" + keys);
  }

  private static Given listed(Path directory, String token) {
    return Given.of(
        "--callers="
            + file(
                directory,
                "callers.yaml",
                "callers: [{id: x, tokens: [{sha256: %s}], roles: [{role: viewer}]}]"
                    .formatted(sha256(token))));
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String publicKeys() {
    try {
      return new JWKSet(new ECKeyGenerator(Curve.P_256).keyID("1").generate())
          .toPublicJWKSet()
          .toString();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Case config(String name, String text) {
    return new Case(
        "serve: " + name,
        directory -> Given.of("serve", "--config", file(directory, "config.yaml", text + "\n")));
  }

  private static String dsn(String host, String parameters) {
    return "jdbc:postgresql://" + host + "/consentry" + parameters;
  }

  private static String database() {
    return PostgresServer.shared().newDatabase();
  }

  private static String file(Path directory, String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void served_debug_tellsNoSecret() throws Exception {
    assertFalse(tells(ServerProcess.LAUNCHER, SERVED.getFirst(), "debug"));
  }

  @ParameterizedTest(name = "{0}, level trace")
  @MethodSource("served")
  void served_trace_tellsNoSecret(Case served) throws Exception {
    assertFalse(tells(ServerProcess.LAUNCHER, served, "trace"));
  }

  @Test
  void served_mutantThatLogsItsSettings_isFound() throws Exception {
    Path mutant =
        Files.writeString(
            directory.resolve("mutant"),
            "#!/bin/sh\nenv | grep ^CONSENTRY_SERVER_ >&2\nexec '%s' \"$@\"\n"
                .formatted(ServerProcess.LAUNCHER));
    assertTrue(mutant.toFile().setExecutable(true));
    assertTrue(tells(mutant, SERVED.getFirst(), "debug"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ended")
  void ended_everyOutput_tellsNoSecret(Case ended) throws Exception {
    Given given = ended.setting().in(directory);
    try (var command = run(ServerProcess.LAUNCHER, given.arguments(), given.environment())) {
      int code = command.exitCode();
      boolean asked = given.arguments().contains("--help") || ended.name().equals("version");
      assertEquals(asked, code == ExitCode.OK, () -> ended + ": " + command.err());
      assertFalse(hasSecret(command.out()), () -> ended + ": " + command.out());
      assertFalse(hasSecret(command.err()), () -> ended + ": " + command.err());
      assertFalse(command.out().isEmpty() && command.err().isEmpty(), "it says nothing at all");
    }
  }

  /** Whether a server gives its secret away while it serves, when it dumps, or when it crashes. */
  private boolean tells(Path launcher, Case served, String level) throws Exception {
    Given given = served.setting().in(directory);
    Path crash = directory.resolve("crash.log");
    var arguments = new ArrayList<>(List.of("serve", "--listen=127.0.0.1:0", "--http=127.0.0.1:0"));
    arguments.add("--warm-up=0s");
    arguments.add("--log-level=" + level);
    arguments.add("--data=" + directory.resolve("data"));
    arguments.addAll(given.arguments());
    try (var server =
        run(
            launcher,
            arguments,
            given.environment(),
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + crash)) {
      server.address();
      var said = new ArrayList<String>(errors(server, given.credential()));
      said.add(Files.readString(Path.of("/proc", "" + server.process.pid(), "cmdline")));
      server.signal("QUIT");
      awaitDump(server);
      server.signal("SEGV");
      assertTrue(server.exitCode() != ExitCode.OK);
      assertTrue(Files.size(crash) > 0);
      said.add(Files.readString(crash));
      said.addAll(server.out());
      said.addAll(server.err());
      return hasSecret(said);
    }
  }

  /** What callers are told that ask for what cannot be. */
  private static List<String> errors(ServerProcess server, String credential) throws Exception {
    var told = new ArrayList<String>();
    var headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + credential);
    var channel =
        ClientInterceptors.intercept(
            server.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
    var check = CheckRequest.newBuilder().setAccountId("a b").setAppId(CANARY.substring(0, 3));
    var e =
        assertThrows(
            StatusRuntimeException.class,
            () -> DecisionServiceGrpc.newBlockingStub(channel).check(check.build()));
    told.add(StatusProto.fromThrowable(e).toString());
    var missing = GetAppRequest.newBuilder().setAppId("none").build();
    var e2 =
        assertThrows(
            StatusRuntimeException.class,
            () -> AppServiceGrpc.newBlockingStub(channel).getApp(missing));
    told.add(StatusProto.fromThrowable(e2).toString());
    return told;
  }

  /** A dump of all threads ends with what the heap is made of. */
  private static void awaitDump(ServerProcess server) {
    long end = System.nanoTime() + ServerProcess.PATIENCE.toNanos();
    while (server.out().stream().noneMatch(line -> line.contains("JNI global refs"))) {
      assertTrue(System.nanoTime() < end, "no dump");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private static ServerProcess run(
      Path launcher, List<String> arguments, Map<String, String> more, String... javaOptions)
      throws IOException {
    var environment = new HashMap<>(ServerProcess.quickStart(javaOptions));
    environment.putAll(more);
    return ServerProcess.run(
        environment, ServerProcess.command(launcher, arguments.toArray(String[]::new)));
  }

  private static boolean hasSecret(List<String> said) {
    return said.stream().anyMatch(text -> text.contains(CANARY));
  }
}
