package dev.consentry.cli;

import dev.consentry.cli.bench.Amounts;
import dev.consentry.cli.bench.Progress;
import dev.consentry.cli.bench.Second;
import java.io.PrintStream;
import java.time.Duration;

/** One line on a terminal that is written over and over; nothing where there is none. */
final class ProgressLine implements Progress {
  private final Terminal terminal;
  private int width;

  ProgressLine(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void warmingUp(Duration elapsed, Duration whole) {
    show("warming up  " + elapsed.toSeconds() + " s of " + whole.toSeconds() + " s");
  }

  @Override
  public void measured(Duration elapsed, Duration whole, Second second, long errors) {
    show(
        elapsed.toSeconds()
            + " s of "
            + whole.toSeconds()
            + " s   "
            + Amounts.rate(second.answersPerSecond())
            + "   p50 "
            + Amounts.latency(second.p50Nanos())
            + "   p99 "
            + Amounts.latency(second.p99Nanos())
            + "   errors "
            + Amounts.count(errors));
  }

  void show(String text) {
    if (!terminal.interactive()) {
      return;
    }
    PrintStream err = terminal.err();
    err.print("\r" + text + " ".repeat(Math.max(0, width - text.length())));
    err.flush();
    width = text.length();
  }

  /** Leaves the line as if nothing had been there. */
  void clear() {
    if (width > 0) {
      show("");
      terminal.err().print("\r");
      terminal.err().flush();
    }
  }
}
