package dev.consentry.server;

import dev.consentry.server.security.Binding;
import dev.consentry.server.security.CallersFile;
import dev.consentry.server.security.CallersFileException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code consentry-server callers}: what has to do with files of callers. */
@Command(
    name = "callers",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Files that say who may call.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = CallersCommand.Check.class)
final class CallersCommand {
  /** Of a list of ids; what is longer is cut, so that a row stays a row. */
  static final int CELL_LENGTH_MAX = 60;

  private static final List<String> HEADINGS =
      List.of("CALLER", "TOKENS", "ROLE", "ACCOUNTS", "APPS");

  private CallersCommand() {}

  /** {@code consentry-server callers check FILE}: says what a file allows, or what is wrong. */
  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      versionProvider = Main.Version.class,
      description = "Says what a file of callers allows, or everything that is wrong with it.")
  static final class Check implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "The file; it is not changed.")
    private Path file = Path.of("");

    /** Throws {@link CallersFileException}, which {@link Main} explains. */
    @Override
    public Integer call() {
      print(rows(CallersFile.read(file)), spec.commandLine().getOut());
      return ExitCode.OK;
    }
  }

  private static List<List<String>> rows(CallersFile file) {
    var rows = new ArrayList<List<String>>();
    rows.add(HEADINGS);
    for (CallersFile.Listed caller : file.callers()) {
      int tokens = caller.tokens().size();
      for (Binding role : caller.roles()) {
        rows.add(
            List.of(
                caller.actor().principal(),
                tokens == 0 ? "-" : String.valueOf(tokens),
                role.role().text(),
                cut(role.accounts().toString()),
                cut(role.apps().toString())));
      }
    }
    return rows;
  }

  private static String cut(String ids) {
    return ids.length() <= CELL_LENGTH_MAX ? ids : ids.substring(0, CELL_LENGTH_MAX) + "…";
  }

  private static void print(List<List<String>> rows, PrintWriter out) {
    List<Integer> widths =
        IntStream.range(0, HEADINGS.size())
            .map(i -> rows.stream().mapToInt(row -> row.get(i).length()).max().orElse(0))
            .boxed()
            .toList();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i)).append(" ".repeat(widths.get(i) - row.get(i).length() + 2));
      }
      out.println(line.toString().stripTrailing());
    }
    out.flush();
  }
}
