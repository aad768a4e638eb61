package dev.consentry.server.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who gets in, and how. Without callers and without tokens of an issuer there is no authentication:
 * then the server listens on loopback alone, and whoever reaches it may do everything.
 *
 * @param tls null: in plain text
 * @param callers the file of those with certificates and preshared tokens; null if there is none
 * @param jwt null if no issuer's tokens are taken
 * @param reflection whether the contract can be asked for over gRPC
 */
public record Access(
    @Nullable Tls tls, @Nullable Path callers, @Nullable Jwt jwt, boolean reflection) {

  /** Whether callers have to say who they are. */
  public boolean isAuthenticated() {
    return callers != null || jwt != null;
  }

  /**
   * Files in PEM, read again when they change.
   *
   * @param clientAuthorities of those whose certificates are taken from callers; null: none are
   *     asked for
   */
  public record Tls(Path certificate, Path key, @Nullable Path clientAuthorities) {}

  /**
   * Tokens of an issuer (RFC 9068).
   *
   * @param keys a JWK set (RFC 7517): an {@code https} URL, an {@code http} one on loopback, or a
   *     {@code file} URL
   * @param algorithms by their names in JWA, such as {@code ES256}
   * @param type of the header's {@code typ}
   */
  public record Jwt(
      String issuer,
      String audience,
      Set<String> algorithms,
      URI keys,
      String type,
      String rolesClaim,
      String accountsClaim,
      String appsClaim) {}
}
