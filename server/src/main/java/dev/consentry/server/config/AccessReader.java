package dev.consentry.server.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads who gets in. What is not said lets nobody in. */
final class AccessReader {
  /**
   * Signatures that need no secret here; {@code none} and those with shared keys are not among
   * them.
   */
  static final List<String> ALGORITHMS =
      List.of("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512");

  static final int TEXT_CHARACTERS_MAX = 2_048;

  /** Addresses alone, and the one name that is no other machine's: what a name means may change. */
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[(::1|0:0:0:0:0:0:0:1)]");

  private static final Pattern CLAIM = Pattern.compile("[\\x21-\\x7E]{1,256}");
  private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9!#$&^_.+/-]{1,127}");

  /** All that is said of tokens of an issuer, without which none of it means anything. */
  private static final Set<Setting> OF_JWT =
      EnumSet.of(
          Setting.JWT_KEYS,
          Setting.JWT_ISSUER,
          Setting.JWT_AUDIENCE,
          Setting.JWT_ALGORITHMS,
          Setting.JWT_TYPE,
          Setting.JWT_ROLES_CLAIM,
          Setting.JWT_ACCOUNTS_CLAIM,
          Setting.JWT_APPS_CLAIM);

  /** What nobody can guess for somebody else's tokens. */
  private static final Set<Setting> NEEDED_FOR_JWT =
      EnumSet.of(
          Setting.JWT_KEYS, Setting.JWT_ISSUER, Setting.JWT_AUDIENCE, Setting.JWT_ALGORITHMS);

  private final GivenValues given;

  AccessReader(GivenValues given) {
    this.given = given;
  }

  /**
   * What was said; null if it cannot be used, which is among the problems then.
   *
   * @param listen null if that cannot be used by itself
   * @param http null if that cannot be used by itself, or nobody listens for HTTP
   */
  @Nullable Access access(@Nullable ListenAddress listen, @Nullable ListenAddress http) {
    int problemsBefore = given.problems().size();
    Boolean plaintext = given.value(Setting.PLAINTEXT, ConfigReader::trueOrFalse);
    Access.Tls tls = tls();
    Path callers = file(Setting.CALLERS);
    Access.Jwt jwt = jwt();
    Boolean reflection = given.value(Setting.REFLECTION, text -> reflection(text, listen));
    if (listen == null
        || plaintext == null
        || reflection == null
        || given.problems().size() > problemsBefore) {
      return null;
    }
    var access = new Access(tls, callers, jwt, reflection);
    requireSafe(Setting.LISTEN, listen, access, plaintext);
    if (http != null) {
      requireSafe(Setting.HTTP, http, access, plaintext);
    }
    requireConsistent(access, plaintext);
    return access;
  }

  private void requireSafe(
      Setting setting, ListenAddress listen, Access access, boolean plaintext) {
    if (!listen.isLoopback() && !access.isAuthenticated()) {
      given.problem(
          setting,
          "others than this machine can reach %s, and nobody would have to say who they are. Either"
                  .formatted(listen)
              + " listen on 127.0.0.1, or say who may call: `%s` names a file of callers, `%s` and"
                  .formatted(Setting.CALLERS.key(), Setting.JWT_ISSUER.key())
              + " its like take an issuer's tokens (docs/security.md)");
    } else if (!listen.isLoopback() && access.tls() == null && !plaintext) {
      given.problem(
          setting,
          "others than this machine can reach %s, and could read tokens and answers on their way."
                  .formatted(listen)
              + " Either set `%s` and `%s`, or `%s` if something in front of the server encrypts"
                  .formatted(
                      Setting.TLS_CERT.key(), Setting.TLS_KEY.key(), Setting.PLAINTEXT.key()));
    }
  }

  private void requireConsistent(Access access, boolean plaintext) {
    if (plaintext && access.tls() != null) {
      given.problem(
          Setting.PLAINTEXT, "must not be set beside `%s`".formatted(Setting.TLS_CERT.key()));
    }
    if (access.tls() != null
        && access.tls().clientAuthorities() != null
        && access.callers() == null) {
      given.problem(
          Setting.TLS_CLIENT_CA,
          "needs `%s`, which says what the owners of certificates may do"
              .formatted(Setting.CALLERS.key()));
    }
  }

  private Access.@Nullable Tls tls() {
    Path certificate = file(Setting.TLS_CERT);
    Path key = file(Setting.TLS_KEY);
    Path clientAuthorities = file(Setting.TLS_CLIENT_CA);
    requireBeside(Setting.TLS_CERT, certificate, Setting.TLS_KEY, key);
    requireBeside(Setting.TLS_KEY, key, Setting.TLS_CERT, certificate);
    if (certificate == null) {
      requireBeside(Setting.TLS_CLIENT_CA, clientAuthorities, Setting.TLS_CERT, null);
    }
    return certificate == null || key == null
        ? null
        : new Access.Tls(certificate, key, clientAuthorities);
  }

  private void requireBeside(
      Setting one, @Nullable Path value, Setting other, @Nullable Path otherValue) {
    if (value != null && otherValue == null) {
      given.problem(one, "needs `%s` beside it".formatted(other.key()));
    }
  }

  private @Nullable Path file(Setting setting) {
    String text = given.value(setting, name -> name);
    if (text == null || !given.has(setting)) {
      return null;
    }
    if (text.isBlank()) {
      given.problem(setting, "must name a file; leave it out where there is none");
      return null;
    }
    return Path.of(text).toAbsolutePath().normalize();
  }

  private Access.@Nullable Jwt jwt() {
    List<Setting> said = OF_JWT.stream().filter(given::has).toList();
    if (said.isEmpty()) {
      return null;
    }
    List<Setting> missing = NEEDED_FOR_JWT.stream().filter(needed -> !given.has(needed)).toList();
    missing.forEach(needed ->
        given.problem(
            needed,
            "must be given where tokens of an issuer are taken, as `%s` says"
                .formatted(said.getFirst().key())));
    if (!missing.isEmpty()) {
      return null;
    }
    String issuer = given.value(Setting.JWT_ISSUER, AccessReader::text);
    String audience = given.value(Setting.JWT_AUDIENCE, AccessReader::text);
    Set<String> algorithms = given.value(Setting.JWT_ALGORITHMS, AccessReader::algorithms);
    URI keys = given.value(Setting.JWT_KEYS, AccessReader::keys);
    String type =
        given.value(
            Setting.JWT_TYPE, text -> matching(TYPE, text, "must be a media type, such as at+jwt"));
    String roles = given.value(Setting.JWT_ROLES_CLAIM, AccessReader::claim);
    String accounts = given.value(Setting.JWT_ACCOUNTS_CLAIM, AccessReader::claim);
    String apps = given.value(Setting.JWT_APPS_CLAIM, AccessReader::claim);
    if (issuer == null
        || audience == null
        || algorithms == null
        || keys == null
        || type == null
        || roles == null
        || accounts == null
        || apps == null) {
      return null;
    }
    if (roles.equals(accounts) || roles.equals(apps) || accounts.equals(apps)) {
      given.problem(
          Setting.JWT_ROLES_CLAIM,
          "must be another claim than `%s` and `%s`, and these two from each other"
              .formatted(Setting.JWT_ACCOUNTS_CLAIM.key(), Setting.JWT_APPS_CLAIM.key()));
      return null;
    }
    return new Access.Jwt(issuer, audience, algorithms, keys, type, roles, accounts, apps);
  }

  private static String text(String text) {
    if (text.isBlank() || text.length() > TEXT_CHARACTERS_MAX) {
      throw new IllegalArgumentException(
          "must have 1 to %d characters, compared with the token's as they stand"
              .formatted(TEXT_CHARACTERS_MAX));
    }
    return text;
  }

  private static String claim(String text) {
    return matching(CLAIM, text, "must be the name of a claim");
  }

  private static String matching(Pattern pattern, String text, String otherwise) {
    if (!pattern.matcher(text).matches()) {
      throw new IllegalArgumentException(otherwise);
    }
    return text;
  }

  private static Set<String> algorithms(String text) {
    var algorithms = new LinkedHashSet<>(Arrays.asList(text.split(",", -1)));
    if (!ALGORITHMS.containsAll(algorithms)) {
      throw new IllegalArgumentException(
          "must be some of %s, with commas between them".formatted(String.join(", ", ALGORITHMS)));
    }
    return Set.copyOf(algorithms);
  }

  /** Keys that somebody could change on their way would let anybody in. */
  private static URI keys(String text) {
    if (!text.contains("://")) {
      if (text.isBlank()) {
        throw new IllegalArgumentException("must be an https URL or a file, with a JWK set");
      }
      return Path.of(text).toAbsolutePath().normalize().toUri();
    }
    var keys = URI.create(text);
    boolean safe =
        keys.getHost() != null
            && keys.getUserInfo() == null
            && ("https".equals(keys.getScheme())
                || ("http".equals(keys.getScheme()) && LOOPBACK.matcher(keys.getHost()).matches()));
    if (!safe) {
      throw new IllegalArgumentException(
          "must be an https URL or a file, with a JWK set; an http URL on loopback alone, and no"
              + " name or password in it");
    }
    return keys;
  }

  private static boolean reflection(String text, @Nullable ListenAddress listen) {
    return switch (text) {
      case "loopback" -> listen != null && listen.isLoopback();
      case "on" -> true;
      case "off" -> false;
      default -> throw new IllegalArgumentException("must be one of loopback, on, off");
    };
  }
}
