package dev.consentry.server.security;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Callers that leave one rule out each. */
final class CallersMutants {
  private static final int DNS = 2;
  private static final int URI = 6;

  private CallersMutants() {}

  /** Makes the callers of a file. */
  @FunctionalInterface
  interface Maker {
    Callers make(CallersFile file, InstantSource clock);
  }

  /** Whoever has a certificate may do everything, listed or not. */
  static final class Unlisted extends Callers {
    Unlisted(CallersFile file, InstantSource clock) {
      super(file, clock);
    }

    @Override
    Caller listed(Actor actor) {
      Caller listed = super.listed(actor);
      return listed == null ? new Caller(actor, Rights.EVERYTHING) : listed;
    }
  }

  /** Names are compared by their beginning. */
  static final class Prefixes extends Callers {
    private final List<Actor> actors;

    Prefixes(CallersFile file, InstantSource clock) {
      super(file, clock);
      actors = file.callers().stream().map(CallersFile.Listed::actor).toList();
    }

    @Override
    @Nullable Caller listed(Actor actor) {
      return actors.stream()
          .filter(known -> actor.principal().startsWith(known.principal()))
          .map(super::listed)
          .findFirst()
          .orElse(null);
    }
  }

  /** Takes names as they are, the first of each kind, and the subject if there is none. */
  static class Careless extends Callers {
    Careless(CallersFile file, InstantSource clock) {
      super(file, clock);
    }

    @Override
    Actor actor(X509Certificate certificate) {
      return new Actor(
          first(URI, certificate)
              .or(() -> first(DNS, certificate).map("dns:"::concat))
              .orElseGet(() ->
                  "dns:" + certificate.getSubjectX500Principal().getName().replace("CN=", "")));
    }

    final Optional<String> first(int kind, X509Certificate certificate) {
      try {
        var names = certificate.getSubjectAlternativeNames();
        return names == null
            ? Optional.empty()
            : names.stream()
                .filter(name -> name.get(0).equals(kind))
                .map(name -> String.valueOf(name.get(1)))
                .findFirst();
      } catch (CertificateParsingException e) {
        throw new RefusedException(new Refusal.Unauthenticated("cannot be read"));
      }
    }
  }

  /** Folds case, as for a URL. */
  static final class Folding extends Careless {
    Folding(CallersFile file, InstantSource clock) {
      super(file, clock);
    }

    @Override
    Actor actor(X509Certificate certificate) {
      return new Actor(super.actor(certificate).principal().toLowerCase(Locale.ROOT));
    }
  }

  /** Reads a name as C does: up to the first NUL. */
  static final class UpToNul extends Careless {
    UpToNul(CallersFile file, InstantSource clock) {
      super(file, clock);
    }

    @Override
    Actor actor(X509Certificate certificate) {
      return new Actor(super.actor(certificate).principal().replaceAll("(?s)\0.*", ""));
    }
  }

  /** Decodes percent signs and drops a dot or slash at the end, as for a URL. */
  static final class Normalizing extends Careless {
    Normalizing(CallersFile file, InstantSource clock) {
      super(file, clock);
    }

    @Override
    Actor actor(X509Certificate certificate) {
      return new Actor(
          super.actor(certificate)
              .principal()
              .replace("%67", "g")
              .replace("%2e", ".")
              .replaceAll("[./]$", ""));
    }
  }

  /** A session ends when it ends, whatever the certificate says. */
  static final class Endless extends Callers {
    Endless(CallersFile file, InstantSource clock) {
      super(file, clock);
    }

    @Override
    Instant until(X509Certificate certificate, Instant now) {
      return now.plus(Session.KNOWN_FOR);
    }
  }

  /** Any token of the right form is the first caller's. */
  static final class AnyToken extends Callers {
    private final List<TokenHash> tokens;

    AnyToken(CallersFile file, InstantSource clock) {
      super(file, clock);
      tokens = file.callers().stream().flatMap(caller -> caller.tokens().stream()).toList();
    }

    @Override
    @Nullable Caller holder(TokenHash token) {
      return super.holder(tokens.getFirst());
    }
  }
}
