package dev.consentry.server.gateway;

import java.util.Set;

/**
 * Whose tokens of apps are believed.
 *
 * @param issuer {@code iss}, exactly
 * @param jwks a JWK set: a URL, or the name of a file
 * @param audiences of which {@code aud} must have one
 * @param algorithms empty for the usual ones
 * @param type {@code typ} of the header, or {@code none}
 */
public record TokenIssuer(
    String issuer, String jwks, Set<String> audiences, Set<String> algorithms, String type) {
  public static final String DEFAULT_TYPE = "at+jwt";

  public TokenIssuer {
    audiences = Set.copyOf(audiences);
    algorithms = Set.copyOf(algorithms);
  }
}
