package dev.consentry.server.table;

import dev.consentry.server.consent.GrantChanges.Change;
import java.util.function.Consumer;

/** The table's state, which a test can stop at two places. Does nothing else differently. */
class HookedState extends TableState {
  private volatile Runnable insideCompute = () -> {};
  private volatile Consumer<Change> beforePublish = ignored -> {};

  HookedState(
      Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
    super(start, shares, freshness, keys, loads);
  }

  /** What runs when a load inside its compute has read the guard. */
  void insideCompute(Runnable hook) {
    insideCompute = hook;
  }

  /** What runs when a change has reached the entries, and progress is not yet published. */
  void beforePublish(Consumer<Change> hook) {
    beforePublish = hook;
  }

  @Override
  long guard() {
    return passed(super.guard());
  }

  final long passed(long guard) {
    insideCompute.run();
    return guard;
  }

  @Override
  void apply(Change change) {
    super.apply(change);
    beforePublish.accept(change);
  }
}
