package dev.consentry.server.security;

import dev.consentry.server.decision.InvalidValueException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Whose tokens are believed, and what is read in them. Nothing here has a default that would accept
 * a token meant for somebody else.
 *
 * @param issuer {@code iss}, exactly
 * @param audience what {@code aud} must be or contain
 * @param algorithms the only ones, each of {@link #ALGORITHMS}
 * @param type {@code typ}, without the prefix {@code application/}; {@link #NO_TYPE} for tokens
 *     that have none
 */
public record JwtSettings(
    String issuer, String audience, Set<String> algorithms, String type, Claims claims, Keys keys) {
  /**
   * The signatures that can be asked for (RFC 7518 §3.1): what verifies a token must not be able to
   * make one. EdDSA would need another library.
   */
  public static final Set<String> ALGORITHMS =
      Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

  /** Access tokens of RFC 9068. */
  public static final String ACCESS_TOKEN_TYPE = "at+jwt";

  /** Stands for tokens without {@code typ}. */
  public static final String NO_TYPE = "none";

  public JwtSettings {
    require(!issuer.isBlank(), "jwt-issuer must be the `iss` of the tokens");
    require(
        !audience.isBlank(), "jwt-audience must be what the `aud` of the tokens has to contain");
    require(
        !type.isBlank(),
        "jwt-type must be the `typ` of the tokens, or `none` for tokens that have none");
    require(!algorithms.isEmpty(), "jwt-algorithms must be one or more of " + known());
    for (String algorithm : algorithms) {
      require(
          ALGORITHMS.contains(algorithm),
          "jwt-algorithms must be of %s, not `%s`".formatted(known(), algorithm));
    }
    algorithms = Set.copyOf(algorithms);
  }

  /**
   * What callers may do stands in these. A name that begins with {@code /} is a JSON pointer (RFC
   * 6901): {@code /realm_access/roles}.
   *
   * @param everyAccount the roles that hold in all accounts by a token without {@code accounts}
   * @param everyApp the roles that hold for all apps by a token without {@code apps}
   */
  public record Claims(
      String roles, String accounts, String apps, Set<Role> everyAccount, Set<Role> everyApp) {
    /** Nobody administers or sees an account that the token does not name. */
    public static final Claims DEFAULTS =
        new Claims(
            "roles",
            "accounts",
            "apps",
            EnumSet.of(Role.DECIDER),
            EnumSet.of(Role.DECIDER, Role.VIEWER, Role.ACCOUNT_ADMIN));

    public Claims {
      require(!roles.isBlank(), "jwt-roles-claim must name a claim");
      require(!accounts.isBlank(), "jwt-accounts-claim must name a claim");
      require(!apps.isBlank(), "jwt-apps-claim must name a claim");
      require(
          !roles.equals(accounts) && !roles.equals(apps) && !accounts.equals(apps),
          "jwt-roles-claim, jwt-accounts-claim and jwt-apps-claim must name three claims");
      everyAccount = Set.copyOf(everyAccount);
      everyApp = Set.copyOf(everyApp);
    }
  }

  /** Where the keys of the issuer stand, as a JWK set (RFC 7517 §5). */
  public sealed interface Keys {
    /** {@code https}, or {@code http} to this machine: who can change the keys can be anybody. */
    record Url(URI uri) implements Keys {
      private static final Pattern LOOPBACK =
          Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[(::1|0:0:0:0:0:0:0:1)]");

      public Url {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
        require(!host.isEmpty(), "jwt-keys must name a host, as in https://HOST/PATH");
        require(uri.getRawUserInfo() == null, "jwt-keys must not contain a user or a password");
        require(
            scheme.equals("https") || (scheme.equals("http") && LOOPBACK.matcher(host).matches()),
            "jwt-keys must be an https URL (http to localhost alone), or a file");
      }
    }

    record File(Path path) implements Keys {}

    /** As it is written in the configuration: a URL has {@code ://} in it. */
    static Keys of(String text) {
      require(!text.isBlank(), "jwt-keys must be the URL or the file of a JWK set");
      if (!text.contains("://")) {
        return file(text);
      }
      try {
        return new Url(new URI(text));
      } catch (URISyntaxException e) {
        throw new InvalidValueException("jwt-keys is not a URL: " + e.getReason());
      }
    }
  }

  private static Keys.File file(String text) {
    try {
      return new Keys.File(Path.of(text));
    } catch (InvalidPathException e) {
      throw new InvalidValueException("jwt-keys is no name of a file");
    }
  }

  private static String known() {
    return String.join(", ", new TreeSet<>(ALGORITHMS));
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new InvalidValueException(problem);
    }
  }
}
