package dev.consentry.cli;

import dev.consentry.cli.bench.Asked;
import dev.consentry.cli.bench.Keys;
import dev.consentry.cli.bench.Mode;
import dev.consentry.cli.bench.Pace;
import dev.consentry.cli.bench.Settings;
import dev.consentry.cli.bench.Shares;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What a load is, as it is typed. Options that would have no effect are refused. */
final class BenchOptions {
  private static final int CONCURRENCY = 64;
  private static final int BATCH_SIZE = 100;
  private static final int ACCOUNTS = 1_000;
  private static final int APPS = 10;

  @ArgGroup(validate = false, heading = "%nHow it is asked:%n", order = 1)
  private Sending sending = new Sending();

  @ArgGroup(validate = false, heading = "%nWhat is asked, drawn by chance:%n", order = 2)
  private Drawing drawing = new Drawing();

  @ArgGroup(validate = false, heading = "%nOr always the same question:%n", order = 3)
  private Fixing fixing = new Fixing();

  /** How questions are sent. */
  static final class Sending {
    @Option(
        names = "--concurrency",
        paramLabel = "N",
        description = "Closed loop: keep N calls in flight (default: " + CONCURRENCY + ").")
    private @Nullable Integer concurrency;

    @Option(
        names = "--rate",
        paramLabel = "R",
        description = {
          "Open loop: ask R questions a second on a schedule. Latency counts from when a call was"
              + " due, so that a pause shows in full."
        })
    private @Nullable Double rate;

    @Option(
        names = "--duration",
        paramLabel = "TIME",
        defaultValue = "30s",
        converter = DurationConverter.class,
        description = "How long to measure (default: ${DEFAULT-VALUE}).")
    private Duration duration = Duration.ZERO;

    @Option(
        names = "--warm-up",
        paramLabel = "TIME",
        defaultValue = "10s",
        converter = DurationConverter.OrZero.class,
        description = "The same load before that, not counted (default: ${DEFAULT-VALUE}).")
    private Duration warmUp = Duration.ZERO;

    @Option(
        names = "--connections",
        paramLabel = "N",
        defaultValue = "2",
        description = "Connections (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Option(
        names = "--mode",
        paramLabel = "MODE",
        defaultValue = "unary",
        description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Mode mode = Mode.UNARY;

    @Option(
        names = "--batch-size",
        paramLabel = "N",
        description = "Questions in a call of a batch (default: " + BATCH_SIZE + ").")
    private @Nullable Integer batchSize;

    @Option(
        names = "--streams",
        paramLabel = "N",
        description = "Streams kept open (default: one for each connection).")
    private @Nullable Integer streams;
  }

  /** Questions about the prepared world. */
  static final class Drawing {
    /** How keys are spread. */
    enum Spread {
      UNIFORM,
      ZIPF;

      @Override
      public String toString() {
        return Names.lower(this);
      }
    }

    @Option(
        names = "--accounts",
        paramLabel = "N",
        description = "Accounts to ask about (default: " + ACCOUNTS + ").")
    private @Nullable Integer accounts;

    @Option(
        names = "--apps",
        paramLabel = "N",
        description = "Apps to ask about (default: " + APPS + ").")
    private @Nullable Integer apps;

    @Option(
        names = "--keys",
        paramLabel = "SPREAD",
        description =
            "How pairs of the two are drawn: one of ${COMPLETION-CANDIDATES} (default: zipf).")
    private @Nullable Spread keys;

    @Option(
        names = "--zipf-exponent",
        paramLabel = "X",
        description = "How much more often the first ones (default: 0.99).")
    private @Nullable Double zipfExponent;

    @Option(
        names = "--allow",
        paramLabel = "PERCENT",
        description = "Questions to be allowed (default: 80).")
    private @Nullable Double allow;

    @Option(
        names = "--deny",
        paramLabel = "PERCENT",
        description = "Questions to be denied, for a scope not granted (default: 15).")
    private @Nullable Double deny;

    @Option(
        names = "--never-seen",
        paramLabel = "PERCENT",
        description = {
          "Questions about an account that was never asked about (default: 5).",
          "Those of the three that are left out are 0 if any is given."
        })
    private @Nullable Double neverSeen;

    @Option(
        names = "--seed",
        paramLabel = "N",
        description = "The same seed draws the same questions (default: a new one, printed).")
    private @Nullable Integer seed;

    boolean given() {
      return accounts != null
          || apps != null
          || keys != null
          || zipfExponent != null
          || shared()
          || seed != null;
    }

    private boolean shared() {
      return allow != null || deny != null || neverSeen != null;
    }
  }

  /** One question. */
  static final class Fixing {
    @Option(names = "--account", paramLabel = "A", description = "The account.")
    private String account = "";

    @Option(names = "--app", paramLabel = "X", description = "The app.")
    private String app = "";

    @Option(
        names = "--scope",
        paramLabel = "S",
        description = "A scope; give it again for more. All must be granted.")
    private List<String> scopes = new ArrayList<>();

    boolean given() {
      return !account.isEmpty() || !app.isEmpty() || !scopes.isEmpty();
    }
  }

  /**
   * The load.
   *
   * @throws IllegalArgumentException if it makes no sense, and says what would
   */
  Settings settings(Duration timeout) {
    return new Settings(
        sending.mode,
        pace(),
        asked(),
        sending.duration,
        sending.warmUp,
        timeout,
        sending.connections,
        only("--batch-size", sending.batchSize, Mode.BATCH, BATCH_SIZE, 1),
        only(
            "--streams",
            sending.streams,
            Mode.STREAM,
            sending.connections,
            Math.max(1, sending.connections)));
  }

  private Pace pace() {
    if (sending.rate == null) {
      return new Pace.Closed(or(sending.concurrency, CONCURRENCY));
    }
    if (sending.concurrency != null) {
      throw new IllegalArgumentException(
          "--rate (open loop) and --concurrency (closed loop) exclude each other");
    }
    return new Pace.Open(sending.rate);
  }

  private Asked asked() {
    if (!fixing.given()) {
      return new Asked.Drawn(
          or(drawing.accounts, ACCOUNTS), or(drawing.apps, APPS), keys(), shares(), seed());
    }
    if (drawing.given()) {
      throw new IllegalArgumentException(
          "--account, --app and --scope are one fixed question: no option on what is drawn by"
              + " chance goes with them");
    }
    return new Asked.Fixed(fixing.account, fixing.app, fixing.scopes);
  }

  private Keys keys() {
    if (drawing.keys == Drawing.Spread.UNIFORM) {
      if (drawing.zipfExponent != null) {
        throw new IllegalArgumentException("--zipf-exponent goes with --keys zipf only");
      }
      return new Keys.Uniform();
    }
    return new Keys.Zipf(or(drawing.zipfExponent, Keys.Zipf.EXPONENT));
  }

  private Shares shares() {
    return drawing.shared()
        ? new Shares(or(drawing.allow, 0.0), or(drawing.deny, 0.0), or(drawing.neverSeen, 0.0))
        : Shares.DEFAULT;
  }

  private int seed() {
    return drawing.seed == null ? new SplittableRandom().nextInt(Integer.MAX_VALUE) : drawing.seed;
  }

  private int only(String option, @Nullable Integer given, Mode mode, int unset, int elsewhere) {
    if (sending.mode == mode) {
      return or(given, unset);
    }
    if (given != null) {
      throw new IllegalArgumentException(option + " goes with --mode " + mode + " only");
    }
    return elsewhere;
  }

  private static <T> T or(@Nullable T given, T otherwise) {
    return given == null ? otherwise : given;
  }
}
