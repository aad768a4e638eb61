package dev.consentry.cli;

import dev.consentry.cli.bench.Amounts;
import dev.consentry.cli.bench.Asked;
import dev.consentry.cli.bench.BenchWorld;
import dev.consentry.cli.bench.Load;
import dev.consentry.cli.bench.Preparation;
import dev.consentry.cli.bench.Progress;
import dev.consentry.cli.bench.Report;
import dev.consentry.cli.bench.ReportJson;
import dev.consentry.cli.bench.ReportPage;
import dev.consentry.cli.bench.Settings;
import dev.consentry.client.ConsentryClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures how fast a server answers. */
@Command(
    name = "bench",
    description = {
      "Loads the server with checks, and says how fast it answers.",
      "It asks about apps and accounts of its own (bench-…), made once with --prepare, or always the"
          + " same question. Ctrl-C ends it early, and tells what was measured."
    })
final class BenchCommand implements Callable<Integer> {
  private final Consentry consentry;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--prepare",
      description = "Only write the apps and grants that the same command without it asks about.")
  private boolean prepare;

  @Mixin private Confirmation confirmation = new Confirmation();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write the result as a page with plots.")
  private @Nullable Path html;

  @Mixin private BenchOptions options = new BenchOptions();

  BenchCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    Settings settings = settings();
    requireWritable(html);
    try (ConsentryClient client = consentry.connect()) {
      if (prepare) {
        return prepare(client, settings.asked());
      }
      requireWorld(client, settings.asked());
    }
    return load(settings);
  }

  private Settings settings() {
    try {
      Settings settings = options.settings(consentry.timeout());
      if (prepare && settings.asked() instanceof Asked.Fixed) {
        throw new IllegalArgumentException("--prepare does not go with one fixed question");
      }
      return settings;
    } catch (IllegalArgumentException e) {
      if (spec == null) {
        throw e;
      }
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private int prepare(ConsentryClient client, Asked asked) throws InterruptedException {
    Asked.Drawn drawn = (Asked.Drawn) asked;
    confirmation.require(
        consentry.terminal(),
        () -> "Write " + world(drawn) + " to " + consentry.server().value() + "?");
    ProgressLine line = new ProgressLine(consentry.terminal());
    int written =
        new Preparation(client, drawn)
            .run(pairs -> line.show(Amounts.count(pairs) + " of " + world(drawn)));
    line.clear();
    consentry
        .terminal()
        .out()
        .println(
            "prepared  "
                + world(drawn)
                + (written == drawn.pairs()
                    ? ""
                    : " (" + Amounts.count(drawn.pairs() - written) + " were there)"));
    return ExitCode.DONE;
  }

  private void requireWorld(ConsentryClient client, Asked asked) {
    if (!(asked instanceof Asked.Drawn drawn) || !drawn.shares().askForPrepared()) {
      return;
    }
    Optional<String> missing = BenchWorld.missing(client, drawn);
    if (missing.isPresent()) {
      throw new CommandFailure(
          "what bench asks about is not on "
              + consentry.server().value()
              + ": "
              + missing.get()
              + "\nto write it ("
              + world(drawn)
              + "): consentry --server "
              + consentry.server().value()
              + " bench --prepare --accounts "
              + drawn.accounts()
              + " --apps "
              + drawn.apps()
              + "\nor ask about what is there: consentry bench --account A --app X --scope S");
    }
  }

  private int load(Settings settings) throws InterruptedException, IOException {
    Load load =
        new Load(
            consentry.server().value(), consentry::channelBuilder, settings, consentry.clock());
    ProgressLine line = new ProgressLine(consentry.terminal());
    Report report;
    try (InterruptSignal signal = InterruptSignal.onFirst(load::end)) {
      report = load.run(consentry.terminal().interactive() ? line : Progress.NONE);
    }
    line.clear();
    consentry.print(() -> ReportJson.of(report), () -> BenchText.of(report));
    if (html != null) {
      Files.writeString(html, ReportPage.of(report));
      consentry.terminal().err().println("page  " + html);
    }
    return report.answers() > 0 ? ExitCode.DONE : ExitCode.FAILED;
  }

  /** Better now than after a minute of load. */
  private static void requireWritable(@Nullable Path file) {
    if (file == null) {
      return;
    }
    @Nullable Path directory = file.toAbsolutePath().getParent();
    boolean writable =
        Files.exists(file)
            ? Files.isRegularFile(file) && Files.isWritable(file)
            : directory != null && Files.isDirectory(directory) && Files.isWritable(directory);
    if (!writable) {
      throw new CommandFailure("cannot write `" + file + "`");
    }
  }

  private static String world(Asked.Drawn drawn) {
    return Amounts.count(drawn.pairs())
        + " grants of "
        + Amounts.count(drawn.accounts())
        + (drawn.accounts() == 1 ? " account to " : " accounts to ")
        + Amounts.count(drawn.apps())
        + (drawn.apps() == 1 ? " app" : " apps");
  }
}
