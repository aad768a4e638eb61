package dev.consentry.server;

import java.util.Optional;

/** The process that started this one. */
final class ParentProcess {
  /**
   * The launcher says who that is: a parent that ended before Java was up is no parent any more.
   */
  private static final String PID_PROPERTY = "consentry.parent.pid";

  private ParentProcess() {}

  /** Runs once that process has ended, or now if it has already. */
  static void onExit(Runnable action) {
    Optional<ProcessHandle> parent =
        ProcessHandle.current()
            .parent()
            .filter(now -> now.pid() == Long.getLong(PID_PROPERTY, now.pid()));
    if (parent.isPresent()) {
      var _ = parent.get().onExit().thenRun(action);
    } else {
      action.run();
    }
  }
}
