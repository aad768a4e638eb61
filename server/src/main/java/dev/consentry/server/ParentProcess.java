package dev.consentry.server;

import java.time.Duration;
import java.util.Optional;

/** The process that started this one. */
final class ParentProcess {
  /** How long it takes to notice, at most. */
  static final Duration PERIOD = Duration.ofMillis(200);

  /**
   * The launcher says who that is: a parent that ended before Java was up is no parent any more.
   */
  private static final String PID_PROPERTY = "consentry.parent.pid";

  private ParentProcess() {}

  /*
   * Asks for our parent again and again. To wait for the parent's own end would not do: a parent that ended and that
   * nobody has waited for yet is still there.
   */
  /** Runs once that process has ended, or soon if it has already. */
  static void onExit(Runnable action) {
    Optional<Long> started =
        Optional.ofNullable(Long.getLong(PID_PROPERTY)).or(ParentProcess::currentPid);
    Thread.ofPlatform()
        .name("parent")
        .daemon()
        .start(() -> {
          try {
            while (currentPid().equals(started)) {
              Thread.sleep(PERIOD);
            }
            action.run();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static Optional<Long> currentPid() {
    return ProcessHandle.current().parent().map(ProcessHandle::pid);
  }
}
