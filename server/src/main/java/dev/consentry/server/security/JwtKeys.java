package dev.consentry.server.security;

import static dev.consentry.server.security.SignedToken.noGood;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of an issuer as they are now.
 *
 * <p>They are read again in the background, and when a token names a key that is not known: by one
 * read for all who ask, never two within the pause of the source. While they cannot be read, those
 * there are stay for the tolerance of the source; then there are none.
 */
final class JwtKeys implements AutoCloseable {
  /** How often it is looked whether to read again. */
  static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /** Longer than any source takes. */
  private static final Duration READ_MAX = Duration.ofSeconds(10);

  private static final Logger logger = LoggerFactory.getLogger(JwtKeys.class);

  private final JwksSource source;
  private final LongSupplier nanos;
  private final ScheduledExecutorService looking =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("jwt-keys").unstarted(task));

  private volatile Known known;
  private volatile long failures;
  private volatile long readAtNanos;

  /* Guarded by this. */
  private long begunAtNanos;
  private @Nullable CompletableFuture<@Nullable Void> underWay;
  private String text;
  private @Nullable String problem;

  /**
   * @param version another one than before once a key is gone
   * @param outdated whether there are none because they could not be read for too long
   */
  record Known(IssuerKeys keys, long version, boolean outdated) {}

  /**
   * Reads them.
   *
   * @param nanos a clock that never goes back
   * @throws JwtKeysException if they cannot be had, or there is none to verify with
   */
  JwtKeys(JwksSource source, LongSupplier nanos) {
    this.source = source;
    this.nanos = nanos;
    this.begunAtNanos = nanos.getAsLong();
    try {
      this.text = source.read();
      IssuerKeys keys = IssuerKeys.parse(text);
      if (keys.keys().isEmpty()) {
        throw new ParseException("has no key to verify tokens with " + keys.ignored(), 0);
      }
      this.known = new Known(keys, 0, false);
    } catch (IOException | ParseException e) {
      looking.shutdownNow();
      source.close();
      throw new JwtKeysException(
          "the keys of the JWT issuer cannot be had: %s %s"
              .formatted(source.name(), e.getMessage()));
    }
    this.readAtNanos = begunAtNanos;
    warnOfIgnored(known.keys());
  }

  /**
   * Reads them, and goes on to.
   *
   * @throws JwtKeysException if they cannot be had
   */
  static JwtKeys open(JwtSettings.Keys from) {
    JwksSource source =
        switch (from) {
          case JwtSettings.Keys.File file -> new JwksFile(file.path());
          case JwtSettings.Keys.Url url -> new JwksUrl(url.uri(), JwksUrl.TIMEOUT);
        };
    return new JwtKeys(source, System::nanoTime).start();
  }

  /** From now on they are looked at in the background. */
  JwtKeys start() {
    long every = LOOK_EVERY.toMillis();
    var _ = looking.scheduleWithFixedDelay(this::tryLook, every, every, TimeUnit.MILLISECONDS);
    return this;
  }

  /** How often they could not be read again. */
  long failures() {
    return failures;
  }

  /** A timer never calls again what has thrown. */
  private void tryLook() {
    try {
      look();
      // Whatever goes wrong, errors too: no key that is taken back later would be gone.
    } catch (Throwable e) {
      logger.atError().setCause(e).log("the keys of the JWT issuer were not looked at");
    }
  }

  /**
   * The version of the keys with which a token is signed. Waits for a read if its key is not known.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated} if it is not signed with one of them
   */
  long verify(SignedToken token) {
    Known with = now();
    IssuerKeys.Key key = with.keys().find(token.keyId(), token.algorithm());
    if (key == null) {
      with = newerThan(with);
      key = with.keys().find(token.keyId(), token.algorithm());
    }
    if (key == null) {
      throw noGood(
          with.outdated()
              ? "tokens cannot be verified now: the keys of their issuer cannot be had"
              : "the key of the token is not known");
    }
    if (!token.isSignedFor(key.verifier())) {
      throw noGood("the signature of the token is wrong");
    }
    return with.version();
  }

  /** Never waits. */
  Known now() {
    return known;
  }

  /**
   * As they are once they have been read since somebody found one missing; the same if that is not
   * due. Waits for a read.
   */
  Known newerThan(Known seen) {
    if (!known.equals(seen)) {
      return known;
    }
    CompletableFuture<@Nullable Void> reading = readUnlessJustDone();
    if (reading != null) {
      try {
        reading.get(READ_MAX.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException e) {
        return known;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return known;
  }

  /** Reads again and forgets what has become too old, where it is time to. Never waits. */
  void look() {
    long age = nanos.getAsLong() - readAtNanos;
    if (age > source.pace().tolerance().toNanos()) {
      forget();
    }
    if (isDue()) {
      var _ = readUnlessJustDone();
    }
  }

  private synchronized boolean isDue() {
    Duration wait = problem == null ? source.pace().every() : source.pace().pause();
    return nanos.getAsLong() - begunAtNanos >= wait.toNanos();
  }

  private synchronized @Nullable CompletableFuture<@Nullable Void> readUnlessJustDone() {
    if (underWay != null) {
      return underWay;
    }
    long now = nanos.getAsLong();
    if (now - begunAtNanos < source.pace().pause().toNanos()) {
      return null;
    }
    begunAtNanos = now;
    var reading = new CompletableFuture<@Nullable Void>();
    underWay = reading;
    Thread.ofVirtual().name("jwt-keys-read").start(() -> read(reading));
    return reading;
  }

  private void read(CompletableFuture<@Nullable Void> reading) {
    try {
      take(source.read());
    } catch (IOException | ParseException | RuntimeException e) {
      failed(e);
    } finally {
      synchronized (this) {
        underWay = null;
      }
      reading.complete(null);
    }
  }

  /* What the issuer says it has, it has: an empty set takes all keys back. */
  private synchronized void take(String read) throws ParseException {
    if (!read.equals(text) || known.outdated()) {
      IssuerKeys keys = IssuerKeys.parse(read);
      boolean removed = !keys.containsAll(known.keys());
      known = new Known(keys, removed ? known.version() + 1 : known.version(), false);
      text = read;
      logger
          .atInfo()
          .addKeyValue("source", source.name())
          .addKeyValue("keys", keys.keys().size())
          .log("the keys of the JWT issuer have changed");
      warnOfIgnored(keys);
      if (keys.keys().isEmpty()) {
        logger
            .atError()
            .addKeyValue("source", source.name())
            .log("the JWT issuer has no keys any longer: no JWT is accepted");
      }
    } else if (problem != null) {
      logger
          .atInfo()
          .addKeyValue("source", source.name())
          .log("the keys of the JWT issuer can be read again");
    }
    problem = null;
    readAtNanos = nanos.getAsLong();
  }

  /** A source that is looked at each second says the same thing once. */
  private synchronized void failed(Exception why) {
    failures++;
    String now = String.valueOf(why.getMessage());
    if (!now.equals(problem)) {
      logger
          .atWarn()
          .addKeyValue("source", source.name())
          .addKeyValue("problem", now)
          .log("the keys of the JWT issuer cannot be read; those read before stay in use");
    }
    problem = now;
  }

  private synchronized void forget() {
    if (known.outdated() || known.keys().keys().isEmpty()) {
      return;
    }
    known = new Known(new IssuerKeys(List.of(), List.of()), known.version() + 1, true);
    logger
        .atError()
        .addKeyValue("source", source.name())
        .log("the keys of the JWT issuer are too old: no JWT is accepted until they can be read");
  }

  private void warnOfIgnored(IssuerKeys keys) {
    for (String ignored : keys.ignored()) {
      logger
          .atWarn()
          .addKeyValue("source", source.name())
          .addKeyValue("key", ignored)
          .log("a key of the JWT issuer is ignored");
    }
  }

  /** A read under way ends by itself, or with the source. */
  @Override
  public void close() {
    looking.shutdownNow();
    source.close();
  }
}
