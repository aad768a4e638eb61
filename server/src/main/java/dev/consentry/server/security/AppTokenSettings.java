package dev.consentry.server.security;

import dev.consentry.server.decision.InvalidValueException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whose tokens a door takes from apps. As for callers, nothing here has a default that would accept
 * a token meant for somebody else.
 *
 * @param issuers 1 to {@link #ISSUERS_MAX}, each once
 */
public record AppTokenSettings(List<Issuer> issuers) {
  public static final int ISSUERS_MAX = 10;
  public static final int AUDIENCES_MAX = 20;

  /** What most issuers sign with, for who writes none down. */
  public static final Set<String> USUAL_ALGORITHMS = Set.of("RS256", "PS256", "ES256");

  /** By its {@code iss} a token chooses the keys it is verified with. */
  public AppTokenSettings {
    require(
        !issuers.isEmpty() && issuers.size() <= ISSUERS_MAX,
        "must have 1 to " + ISSUERS_MAX + " issuers");
    var seen = new HashSet<String>();
    for (Issuer one : issuers) {
      require(seen.add(one.issuer()), "must have each issuer once: `" + one.issuer() + "`");
    }
    issuers = List.copyOf(issuers);
  }

  /**
   * One of them.
   *
   * @param issuer {@code iss}, exactly
   * @param audiences of which {@code aud} must be or contain one
   * @param algorithms the only ones, each of {@link JwtSettings#ALGORITHMS}
   * @param type {@code typ}, without the prefix {@code application/}; {@link JwtSettings#NO_TYPE}
   *     for tokens that have none
   */
  public record Issuer(
      String issuer,
      Set<String> audiences,
      Set<String> algorithms,
      String type,
      JwtSettings.Keys keys) {
    public Issuer {
      require(!issuer.isBlank(), "issuer must be the `iss` of the tokens");
      require(
          !audiences.isEmpty() && audiences.size() <= AUDIENCES_MAX,
          "audiences must be 1 to " + AUDIENCES_MAX + " of those in the `aud` of the tokens");
      for (String audience : audiences) {
        require(!audience.isBlank(), "an audience must not be blank");
      }
      require(!algorithms.isEmpty(), "algorithms must be one or more of " + known());
      for (String algorithm : algorithms) {
        require(
            JwtSettings.ALGORITHMS.contains(algorithm),
            "algorithms must be of %s, not `%s`".formatted(known(), algorithm));
      }
      require(
          !type.isBlank(),
          "type must be the `typ` of the tokens, or `none` for tokens that have none");
      audiences = Set.copyOf(audiences);
      algorithms = Set.copyOf(algorithms);
    }
  }

  private static String known() {
    return String.join(", ", new TreeSet<>(JwtSettings.ALGORITHMS));
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new InvalidValueException(problem);
    }
  }
}
