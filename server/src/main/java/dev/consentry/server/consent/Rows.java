package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The current rows, as the transaction that decides a command sees them: with every change before
 * it, none after.
 */
public interface Rows {
  /** The app, also when it is deleted; null if it never was. */
  @Nullable App app(AppId id);

  /** The grant in whatever state; null if there never was one. */
  @Nullable Grant grant(GrantKey key);

  @Nullable Remembered remembered(RequestKey key);

  /** How many grants of the app are active and not expired at {@code now}. */
  long countActiveGrants(AppId app, Instant now);

  /** Grants of the app that are active and not expired at {@code now}, ordered by account. */
  List<Grant> activeGrants(AppId app, Instant now, int limit);

  /** Grants still written down as active whose expiry is at or before {@code instant}. */
  List<Grant> expiredGrants(Instant instant, int limit);
}
