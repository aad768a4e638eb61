package dev.consentry.server.rpc;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.security.Authentication;
import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Credential;
import dev.consentry.server.security.Rights;
import dev.consentry.server.security.Session;
import io.grpc.CallCredentials;
import io.grpc.Metadata;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Callers by their tokens, which a test writes down and takes back. */
final class ListedCallers implements Authentication {
  static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();
  private final AtomicInteger asked = new AtomicInteger();

  /** Run before a slow credential is looked into; null if all are known at once. */
  private volatile @Nullable Runnable slow;

  /** A token is good from now on; the caller is named {@code token:} and the token. */
  ListedCallers with(String token, Binding... bindings) {
    return with(token, Instant.MAX, bindings);
  }

  ListedCallers with(String token, Instant until, Binding... bindings) {
    var caller = new Caller(new Actor("token:" + token), Rights.of(List.of(bindings)));
    sessions.put(token, new Session(caller, until));
    return this;
  }

  void takeBack(String token) {
    sessions.remove(token);
    version.incrementAndGet();
  }

  /** From now on every credential has to be looked into, which begins with this. */
  ListedCallers slowly(Runnable first) {
    slow = first;
    return this;
  }

  /** How often somebody asked who shows a credential. */
  int asked() {
    return asked.get();
  }

  @Override
  public boolean takes(Credential credential) {
    return credential instanceof Credential.Bearer;
  }

  @Override
  public @Nullable Session known(Credential credential) {
    return slow == null ? session(credential) : null;
  }

  @Override
  public Session identify(Credential credential) {
    Runnable first = slow;
    if (first != null) {
      first.run();
    }
    return session(credential);
  }

  private Session session(Credential credential) {
    asked.incrementAndGet();
    if (credential instanceof Credential.Bearer(var token)) {
      Session session = sessions.get(token);
      if (session != null) {
        return session;
      }
    }
    throw new RefusedException(new Refusal.Unauthenticated("the token is not valid"));
  }

  @Override
  public long version() {
    return version.get();
  }

  /** Shows these values of {@code authorization}. */
  static CallCredentials showing(String... values) {
    return new CallCredentials() {
      @Override
      public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier to) {
        var headers = new Metadata();
        for (String value : values) {
          headers.put(AUTHORIZATION, value);
        }
        to.apply(headers);
      }
    };
  }

  static CallCredentials token(String token) {
    return showing("Bearer " + token);
  }
}
