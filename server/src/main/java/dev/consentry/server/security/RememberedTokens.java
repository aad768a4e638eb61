package dev.consentry.server.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What tokens that were good stand for, by their hashes: the memory of the process keeps no token.
 *
 * <p>Each for {@link #KEPT_FOR} at most, and no longer than it would be accepted if it were looked
 * at again; none once a key that could have signed it is gone.
 */
class RememberedTokens<T> {
  static final Duration KEPT_FOR = Session.KNOWN_FOR;

  private final InstantSource clock;
  private final Cache<TokenHash, Entry<T>> entries;

  private record Entry<T>(T value, Instant until, long keysVersion, int bytes) {}

  /**
   * Nothing yet.
   *
   * @param bytesMax of all together
   * @param nanos a clock that never goes back, though {@code clock} may
   */
  RememberedTokens(long bytesMax, InstantSource clock, LongSupplier nanos) {
    this.clock = clock;
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher((TokenHash token, Entry<T> one) -> one.bytes())
            .expireAfterWrite(KEPT_FOR)
            .ticker(nanos::getAsLong)
            .executor(Runnable::run)
            .build();
  }

  /** Until when a token may be remembered that is accepted so long. */
  static Instant until(Instant accepted, Instant now) {
    Instant kept = now.plus(KEPT_FOR);
    return accepted.isBefore(kept) ? accepted : kept;
  }

  /**
   * Null if it is not, or no longer, remembered.
   *
   * @param keysVersion of the keys as they are now
   */
  @Nullable T find(TokenHash token, long keysVersion) {
    Entry<T> one = entries.getIfPresent(token);
    return one != null && one.keysVersion() == keysVersion && clock.instant().isBefore(one.until())
        ? one.value()
        : null;
  }

  /**
   * Remembers a token that was good.
   *
   * @param keysVersion of the keys that it was verified with
   * @param bytes that this takes
   */
  void put(TokenHash token, T value, Instant until, long keysVersion, int bytes) {
    entries.put(token, new Entry<>(value, until, keysVersion, bytes));
  }
}
