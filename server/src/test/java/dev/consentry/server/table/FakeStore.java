package dev.consentry.server.table;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory. Its writes return what a table has to follow. A test says what happens to its
 * next loads, between the snapshot and the reply.
 */
final class FakeStore implements GrantSource {
  private final Map<GrantKey, Terms> grants = new HashMap<>();
  private final Set<AppId> suspended = new HashSet<>();
  private final Queue<Runnable> afterSnapshot = new ConcurrentLinkedQueue<>();
  private final Queue<Set<GrantKey>> statements = new ConcurrentLinkedQueue<>();
  private Epoch epoch = new Epoch("first-epoch-----");
  private long counter;

  /** What the next load does once it has read; the loads after it take what is asked next. */
  void afterNextSnapshot(Runnable hook) {
    afterSnapshot.add(hook);
  }

  /** Lets the next load read, and stop before it replies. */
  Gate holdNextLoad() {
    var gate = new Gate();
    afterNextSnapshot(gate);
    return gate;
  }

  List<Change> grant(GrantKey key, String... scopes) {
    return grantUntil(key, Terms.NEVER, scopes);
  }

  synchronized List<Change> grantUntil(GrantKey key, long expireMicros, String... scopes) {
    var names = List.of(scopes).stream().map(Scope::new).toList();
    return change(key, new Terms(GrantState.ACTIVE, ScopeSet.of(names), expireMicros));
  }

  synchronized List<Change> revoke(GrantKey key) {
    Terms terms = grants.get(key);
    if (terms == null) {
      throw new IllegalStateException("never granted: " + key);
    }
    return change(key, new Terms(GrantState.REVOKED, terms.scopes(), terms.expireMicros()));
  }

  synchronized List<Change> suspend(AppId app) {
    suspended.add(app);
    return List.of(new AppChange(++counter, app, true));
  }

  synchronized List<Change> resume(AppId app) {
    suspended.remove(app);
    return List.of(new AppChange(++counter, app, false));
  }

  /** Another history, in which nothing was ever granted. */
  synchronized void restore() {
    epoch = new Epoch("second-epoch----");
    grants.clear();
    suspended.clear();
  }

  private List<Change> change(GrantKey key, Terms terms) {
    grants.put(key, terms);
    return List.of(new GrantChange(++counter, key, standing(key), 0));
  }

  private Standing standing(GrantKey key) {
    @Nullable Terms terms = grants.get(key);
    return new Standing(suspended.contains(key.app()), terms);
  }

  /** What each load asked for so far, the first one first. */
  List<Set<GrantKey>> statements() {
    return List.copyOf(statements);
  }

  @Override
  public Snapshot load(Collection<GrantKey> keys) {
    statements.add(Set.copyOf(keys));
    Snapshot snapshot = read(keys);
    Runnable hook = afterSnapshot.poll();
    if (hook != null) {
      hook.run();
    }
    return snapshot;
  }

  private synchronized Snapshot read(Collection<GrantKey> keys) {
    var standings = new HashMap<GrantKey, Standing>();
    keys.forEach(key -> standings.put(key, standing(key)));
    return new Snapshot(position(), standings);
  }

  @Override
  public synchronized Revision position() {
    return new Revision(epoch, counter);
  }
}
