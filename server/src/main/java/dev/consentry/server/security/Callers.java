package dev.consentry.server.security;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.security.CallersFile.Listed;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The callers of one file: whoever shows one of its tokens, or a certificate with one of its names.
 * Nobody else, and nothing is looked up that could have to be waited for.
 */
public class Callers implements Authentication {
  private final Map<TokenHash, Caller> byToken = new HashMap<>();
  private final Map<Actor, Caller> byName = new HashMap<>();
  private final InstantSource clock;

  public Callers(CallersFile file, InstantSource clock) {
    for (Listed listed : file.callers()) {
      var caller = new Caller(listed.actor(), Rights.of(listed.roles()));
      listed.tokens().forEach(token -> byToken.put(token, caller));
      if (listed.tokens().isEmpty()) {
        byName.put(listed.actor(), caller);
      }
    }
    this.clock = clock;
  }

  /** Preshared tokens, known by how they begin, and every certificate. */
  @Override
  public boolean takes(Credential credential) {
    return switch (credential) {
      case Credential.Bearer bearer -> bearer.token().startsWith(PresharedToken.PREFIX);
      case Credential.Certificate _ -> true;
    };
  }

  @Override
  public Session known(Credential credential) {
    return identify(credential);
  }

  @Override
  public Session identify(Credential credential) {
    return switch (credential) {
      case Credential.Bearer bearer -> withToken(bearer.token());
      case Credential.Certificate shown -> withCertificate(shown.certificate());
    };
  }

  @Override
  public long version() {
    return 0;
  }

  private Session withToken(String token) {
    if (!PresharedToken.isWellFormed(token)) {
      throw unauthenticated("the preshared token is malformed: it was cut, or something was added");
    }
    Caller caller = holder(TokenHash.of(token));
    if (caller == null) {
      throw unauthenticated("the preshared token is not, or no longer, one of this server's");
    }
    return new Session(caller, clock.instant().plus(Session.KNOWN_FOR));
  }

  private Session withCertificate(X509Certificate certificate) {
    Instant now = clock.instant();
    Instant until = until(certificate, now);
    if (!until.isAfter(now)) {
      throw unauthenticated("the client certificate has expired");
    }
    Caller caller = listed(actor(certificate));
    if (caller == null) {
      throw new RefusedException(new Refusal.NotAllowed());
    }
    return new Session(caller, until);
  }

  /** A connection may outlive the certificate that it began with. */
  Instant until(X509Certificate certificate, Instant now) {
    Instant end = certificate.getNotAfter().toInstant();
    Instant later = now.plus(Session.KNOWN_FOR);
    return end.isBefore(later) ? end : later;
  }

  Actor actor(X509Certificate certificate) {
    return CertificateNames.actor(certificate);
  }

  @Nullable Caller holder(TokenHash token) {
    return byToken.get(token);
  }

  @Nullable Caller listed(Actor actor) {
    return byName.get(actor);
  }

  private static RefusedException unauthenticated(String problem) {
    return new RefusedException(new Refusal.Unauthenticated(problem));
  }
}
