package dev.consentry.server;

import dev.consentry.server.config.Access;
import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.gateway.ClaimNames;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.GatewayFile;
import dev.consentry.server.gateway.GatewayFileException;
import dev.consentry.server.gateway.LiveGateway;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.gateway.Subject;
import dev.consentry.server.gateway.SubjectSource;
import dev.consentry.server.gateway.TokenIssuer;
import dev.consentry.server.metrics.Measure;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.security.AppTokenSettings;
import dev.consentry.server.security.AppTokens;
import dev.consentry.server.security.JwtKeysException;
import dev.consentry.server.security.JwtSettings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The doors for gateways that the configuration has, kept up.
 *
 * @param live null if there are none
 * @param tokens for each door that verifies tokens, by its name
 */
record OpenGateway(@Nullable LiveGateway live, Map<String, AppTokens<Subject>> tokens) {

  /**
   * Reads all files and keys, and keeps them up until these parts are closed.
   *
   * @throws GatewayFileException if the section is no good; {@link JwtKeysException} if keys are
   */
  static OpenGateway open(ServerConfig config, ClosingStack parts) {
    Path file = config.gateway();
    if (file == null) {
      return new OpenGateway(null, Map.of());
    }
    LiveGateway live = parts.add(LiveGateway.start(file, around(config.access())));
    var tokens = new HashMap<String, AppTokens<Subject>>();
    for (Door door : live.get().doors().values()) {
      if (door.subject() instanceof SubjectSource.Token(var issuers, var claims)) {
        tokens.put(
            door.name(),
            parts.add(
                AppTokens.open(
                    new AppTokenSettings(issuers.stream().map(OpenGateway::issuer).toList()),
                    reader(claims),
                    InstantSource.system())));
      }
    }
    return new OpenGateway(live, tokens);
  }

  static GatewayFile.Around around(Access access) {
    Access.Tls tls = access.tls();
    return around(access.isAuthenticated(), tls != null && tls.clientAuthorities() != null);
  }

  static GatewayFile.Around around(boolean authenticated, boolean clientCertificates) {
    return new GatewayFile.Around(authenticated, clientCertificates, OpenGateway::issuer);
  }

  /** What a door says of tokens, as {@code security} takes it. */
  private static AppTokenSettings.Issuer issuer(TokenIssuer issuer) {
    Set<String> algorithms =
        issuer.algorithms().isEmpty() ? AppTokenSettings.USUAL_ALGORITHMS : issuer.algorithms();
    return new AppTokenSettings.Issuer(
        issuer.issuer(),
        issuer.audiences(),
        algorithms,
        issuer.type(),
        JwtSettings.Keys.of(issuer.jwks()));
  }

  private static Function<Map<String, Object>, Subject> reader(ClaimNames names) {
    return claims -> {
      try {
        return names.subject(claims);
      } catch (NotLetThroughException e) {
        throw new RefusedException(new Refusal.Unauthenticated(e.detail()));
      }
    };
  }

  /** As it is now. */
  Supplier<Gateway> gateway() {
    return live == null ? () -> Gateway.NONE : live;
  }

  /** Whether there is a door of this kind. */
  boolean has(Door.Kind kind) {
    return gateway().get().doors().values().stream().anyMatch(door -> door.kind() == kind);
  }

  /** What went wrong with files and keys that changed. */
  List<Measure> measures() {
    if (live == null) {
      return List.of();
    }
    return List.of(
        problems("gateway", live::problems),
        problems(
            "gateway.jwt", () -> tokens.values().stream().mapToLong(AppTokens::problems).sum()));
  }

  private static Measure problems(String source, DoubleSupplier count) {
    return Measure.of(Metric.CREDENTIAL_PROBLEMS, count, source).inLog(source + ".problems");
  }
}
