package dev.consentry.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody gets in by something that was left out. */
final class AccessSettingsTest {
  private static final long HEAP_BYTES = 1L << 30;

  private static final Map<String, String> TLS =
      Map.of("--tls-cert", "/etc/consentry/server.pem", "--tls-key", "/etc/consentry/key.pem");

  private static final Map<String, String> CALLERS = Map.of("--callers", "/etc/callers.yaml");

  private static final Map<String, String> JWT =
      Map.of(
          "--jwt-keys", "https://issuer.example/keys",
          "--jwt-issuer", "https://issuer.example",
          "--jwt-audience", "consentry",
          "--jwt-algorithms", "ES256,RS256");

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:8980", "[::]:8980", "10.0.0.1:8980", "[2001:db8::1]:8980"})
  void listen_othersCanReachItAndNobodyIsAsked_isRefusedAndSaysWhatToDo(String address) {
    List<String> problems = problems(Map.of("--listen", address));
    assertEquals(1, problems.size(), problems.toString());
    String problem = problems.getFirst();
    assertTrue(problem.startsWith("`--listen`: others than this machine can reach"), problem);
    assertTrue(problem.contains("listen on 127.0.0.1"), problem);
    assertTrue(problem.contains("`callers` names a file"), problem);
    assertTrue(problem.contains("`jwt-issuer`"), problem);
  }

  @Test
  void listen_othersCanReachItInPlainText_isRefusedUnlessThatIsMeant() {
    var flags = with(CALLERS, Map.of("--listen", "0.0.0.0:8980"));
    assertTrue(problems(flags).getFirst().contains("`plaintext` if something in front"));
    assertTrue(read(with(flags, Map.of("--plaintext", "true"))).isAuthenticated());
    assertTrue(read(with(flags, TLS)).isAuthenticated());
  }

  @Test
  void plaintext_withoutAuthentication_opensNothing() {
    var flags = Map.of("--listen", "0.0.0.0:8980", "--plaintext", "true");
    assertTrue(problems(flags).getFirst().contains("nobody would have to say who they are"));
    assertTrue(
        problems(with(flags, TLS)).getFirst().contains("nobody would have to say who they are"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:8981", "[::]:8981", "10.0.0.1:8981"})
  void http_othersCanReachIt_isUnderTheRuleForListen(String address) {
    var flags = Map.of("--http", address);
    assertTrue(problems(flags).getFirst().startsWith("`--http`: others than this machine can"));
    assertTrue(
        problems(with(CALLERS, flags)).getFirst().contains("`plaintext` if something in front"));
    assertTrue(read(with(with(CALLERS, TLS), flags)).isAuthenticated());
    assertEquals(2, problems(with(flags, Map.of("--listen", address))).size());
  }

  @Test
  void plaintext_besideCertificate_isRefused() {
    var flags = with(TLS, Map.of("--plaintext", "true"));
    assertEquals(List.of("`--plaintext`: must not be set beside `tls-cert`"), problems(flags));
  }

  @Test
  void listen_loopback_needsNothing() {
    Access access = read(Map.of());
    assertFalse(access.isAuthenticated());
    assertTrue(access.reflection());
  }

  @Test
  void tls_oneOfTwoFiles_isRefused() {
    assertEquals(
        List.of("`--tls-cert`: needs `tls-key` beside it"), problems(Map.of("--tls-cert", "a")));
    assertEquals(
        List.of("`--tls-key`: needs `tls-cert` beside it"), problems(Map.of("--tls-key", "a")));
    assertEquals(
        List.of("`--tls-client-ca`: needs `tls-cert` beside it"),
        problems(with(CALLERS, Map.of("--tls-client-ca", "a"))));
  }

  /** A variable that was never set must not open the server. */
  @ParameterizedTest
  @ValueSource(strings = {"--callers", "--tls-cert", "--tls-key", "--tls-client-ca"})
  void file_blank_isRefused(String flag) {
    assertEquals(
        List.of("`%s`: must name a file; leave it out where there is none".formatted(flag)),
        problems(Map.of(flag, "")));
  }

  @Test
  void tls_clientAuthoritiesWithoutCallers_isRefused() {
    assertEquals(
        List.of(
            "`--tls-client-ca`: needs `callers`, which says what the owners of certificates may do"),
        problems(with(TLS, Map.of("--tls-client-ca", "/etc/ca.pem"))));
  }

  @Test
  void tls_allFiles_areTaken() {
    assertEquals(
        new Access.Tls(
            Path.of("/etc/consentry/server.pem"),
            Path.of("/etc/consentry/key.pem"),
            Path.of("/etc/ca.pem")),
        read(with(with(TLS, CALLERS), Map.of("--tls-client-ca", "/etc/ca.pem"))).tls());
  }

  @Test
  void jwt_allThatIsNeeded_isTaken() {
    assertEquals(
        new Access.Jwt(
            "https://issuer.example",
            "consentry",
            Set.of("ES256", "RS256"),
            URI.create("https://issuer.example/keys"),
            "at+jwt",
            "roles",
            "accounts",
            "apps"),
        read(JWT).jwt());
  }

  /** A default audience would take the tokens of every other service (peers skipped the check). */
  @ParameterizedTest
  @ValueSource(strings = {"--jwt-keys", "--jwt-issuer", "--jwt-audience", "--jwt-algorithms"})
  void jwt_oneOfThoseMissing_isRefused(String flag) {
    var flags = new HashMap<>(JWT);
    flags.remove(flag);
    List<String> problems = problems(flags);
    assertTrue(
        problems.getFirst().startsWith(flag.substring(2) + ": must be given where tokens"),
        problems.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " "})
  void jwt_blankAudience_isRefused(String audience) {
    var problems = problems(with(JWT, Map.of("--jwt-audience", audience)));
    assertTrue(
        problems.getFirst().startsWith("`--jwt-audience`: must have 1 to"), problems.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "HS256", "ES256,none", "ES256, RS256", "es256", "", "ES256,"})
  void jwtAlgorithms_notAsymmetricOrMalformed_areRefused(String algorithms) {
    var problems = problems(with(JWT, Map.of("--jwt-algorithms", algorithms)));
    assertTrue(
        problems.getFirst().startsWith("`--jwt-algorithms`: must be some of ES256,"),
        problems.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://issuer.example/keys",
        "ftp://issuer.example/keys",
        "https://user:secret@issuer.example/keys",
        "https:///keys",
        "http://[::ffff:127.0.0.1]/keys",
        "http://127.example/keys",
        ""
      })
  void jwtKeys_notSafeOnTheWay_areRefused(String keys) {
    var problems = problems(with(JWT, Map.of("--jwt-keys", keys)));
    assertTrue(
        problems.getFirst().startsWith("`--jwt-keys`: must be an https URL or a file"),
        problems.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "/etc/keys.json,file:///etc/keys.json",
    "http://127.0.0.1:8080/keys,http://127.0.0.1:8080/keys",
    "https://issuer.example/keys,https://issuer.example/keys"
  })
  void jwtKeys_fileOrSafeUrl_areTaken(String keys, String uri) {
    assertEquals(URI.create(uri), read(with(JWT, Map.of("--jwt-keys", keys))).jwt().keys());
  }

  @ParameterizedTest
  @CsvSource({"loopback,127.0.0.1:0,true", "loopback,0.0.0.0:0,false", "on,0.0.0.0:0,true"})
  void reflection_unlessAskedFor_isOnLoopbackAlone(String where, String listen, boolean served) {
    var flags = with(with(CALLERS, TLS), Map.of("--listen", listen, "--reflection", where));
    assertEquals(served, read(flags).reflection());
  }

  @Test
  void reflection_off_isOff() {
    assertFalse(read(Map.of("--reflection", "off")).reflection());
    assertTrue(
        problems(Map.of("--reflection", "yes")).getFirst().contains("must be one of loopback, on"));
  }

  private static Map<String, String> with(Map<String, String> some, Map<String, String> others) {
    var all = new HashMap<>(some);
    all.putAll(others);
    return all;
  }

  private static Access read(Map<String, String> flags) {
    return ConfigReader.read(flags, List.of(), Map.of(), HEAP_BYTES).access();
  }

  private static List<String> problems(Map<String, String> flags) {
    return assertThrows(ConfigException.class, () -> read(flags)).problems();
  }
}
