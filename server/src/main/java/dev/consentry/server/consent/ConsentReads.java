package dev.consentry.server.consent;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What administrators, operators and auditors read. Every answer is one snapshot of the store, and
 * sees every write that was acknowledged before. Blocks: call it on a virtual thread. All throw
 * {@link RefusedException} with {@link Refusal.StoreUnavailable} if the store does not answer.
 */
public interface ConsentReads {
  /** The app, also when it is deleted, and the grant of this key, whatever its state. */
  At<AppAndGrant> appAndGrant(GrantKey key);

  /**
   * The app with one version of its manifest, also when it is deleted.
   *
   * @param version 0 for the current one
   */
  At<Optional<App>> app(AppId id, int version);

  At<Page<GrantView>> grants(
      GrantFilter filter, PageLimit<GrantView> limit, @Nullable GrantKey after);

  /**
   * The keys of grants that allow a scope at the time of the read: active, not expired, of apps
   * that are not suspended. In their order, which is that of the lists of grants.
   *
   * @param rows at least 1
   */
  At<Page<GrantKey>> allowed(AllowedFilter filter, int rows, @Nullable GrantKey after);

  At<Page<App>> apps(Set<AppState> states, PageLimit<App> limit, @Nullable AppId after);

  /**
   * Events that pass the filter, in its order, of those that are retained.
   *
   * @param after the number of the last event of the page before
   * @throws RefusedException {@link Refusal.RevisionTooOld} if the next one is no longer retained,
   *     the oldest first
   */
  At<Page<Event>> events(EventFilter filter, PageLimit<Event> limit, @Nullable Long after);

  /** How many grants of the app are active and not expired. */
  At<Long> countActiveGrants(AppId id);

  /**
   * One app and one grant, from one snapshot.
   *
   * @param now the time of the read
   */
  record AppAndGrant(@Nullable App app, @Nullable Grant grant, Instant now) {}

  /**
   * Null means any; the states are those at the time of the read.
   *
   * @param states not empty
   */
  record GrantFilter(@Nullable AccountId account, @Nullable AppId app, Set<GrantState> states) {}

  /** Null means any; empty none. */
  record AllowedFilter(@Nullable Set<AccountId> accounts, @Nullable Set<AppId> apps, Scope scope) {}

  /**
   * Null means any. With an account only events of its grants pass.
   *
   * @param types not empty
   * @param start inclusive
   * @param end exclusive
   */
  record EventFilter(
      @Nullable AccountId account,
      @Nullable AppId app,
      Set<EventType> types,
      @Nullable Instant start,
      @Nullable Instant end,
      boolean oldestFirst) {}

  /**
   * How much fits on a page. The first row always does.
   *
   * @param rows at least 1
   * @param bytes of all rows together
   * @param size bytes of one row on the wire
   */
  record PageLimit<T>(int rows, long bytes, ToLongFunction<T> size) {}

  /**
   * Some rows of a list, in its order.
   *
   * @param more whether rows follow; then {@code rows} is not empty
   */
  record Page<T>(List<T> rows, boolean more) {}
}
