package dev.consentry.cli.bench;

import java.time.Duration;

/** Is told every second how a load gets on. */
public interface Progress {
  /**
   * A second has passed.
   *
   * @param elapsed since the warm-up began, or since it ended
   * @param whole of the warm-up, or of what is measured
   */
  void warmingUp(Duration elapsed, Duration whole);

  /** A second has passed that counts. */
  void measured(Duration elapsed, Duration whole, Second second, long errors);

  /** Tells nobody. */
  Progress NONE =
      new Progress() {
        @Override
        public void warmingUp(Duration elapsed, Duration whole) {}

        @Override
        public void measured(Duration elapsed, Duration whole, Second second, long errors) {}
      };
}
