package dev.consentry.server;

import dev.consentry.server.config.ConfigException;
import dev.consentry.server.config.Setting;
import dev.consentry.server.gateway.GatewayFile;
import dev.consentry.server.gateway.GatewayFileException;
import dev.consentry.server.security.CallersFileException;
import dev.consentry.server.store.StoreException;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParseResult;

/** The command {@code consentry-server}. */
@Command(
    name = "consentry-server",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Decides whether an app is authorized for an account's data, right now.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ServeCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      MigrateCommand.class,
      NewEpochCommand.class,
      ImportH2Command.class,
      TokenCommand.class,
      CallersCommand.class,
      CheckConfigCommand.class,
      RouteCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done, or stopped when told to",
      "1:could not start, or the command failed",
      "2:the command line or the configuration cannot be used",
      "3:stopped by itself, because the store failed or memory ran out"
    })
public final class Main {
  /** Commands that have to do with files alone. */
  private static final Set<String> WITHOUT_SETTINGS =
      Set.of("", "token", "token new", "callers", "callers check", "check-config", "route");

  private Main() {}

  /** Runs the command and ends the process with its {@link ExitCode}. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    var commandLine = new CommandLine(new Main());
    addSettings("", commandLine);
    commandLine.setExecutionExceptionHandler(Main::explain);
    return commandLine;
  }

  /** To this command, and to those below it. */
  private static void addSettings(String name, CommandLine command) {
    if (!WITHOUT_SETTINGS.contains(name)) {
      ConfigFlags.add(command, settingsOf(name));
    }
    command
        .getSubcommands()
        .forEach((word, below) -> addSettings((name + " " + word).strip(), below));
  }

  private static Setting[] settingsOf(String command) {
    return switch (command) {
      case "serve" -> Setting.values();
      case "backup", "restore", "token demo" -> new Setting[] {Setting.DATA};
      case "import-h2" -> new Setting[] {Setting.DATA, Setting.STORE, Setting.STORE_PASSWORD_FILE};
      default -> new Setting[] {Setting.STORE, Setting.STORE_PASSWORD_FILE};
    };
  }

  /** Says in plain text what a user can act on; anything else is a bug, and shown whole. */
  private static int explain(Exception e, CommandLine commandLine, ParseResult parsed)
      throws Exception {
    return switch (e) {
      case ConfigException config ->
          unusable("the configuration cannot be used", config.problems(), commandLine);
      case CallersFileException callers ->
          unusable(
              "%s is no file of callers".formatted(callers.file()),
              callers.problems(),
              commandLine);
      case GatewayFileException gateway ->
          unusable(
              "the section `%s` in %s cannot be used".formatted(GatewayFile.KEY, gateway.file()),
              gateway.problems(),
              commandLine);
      case CommandFailedException failed -> failed(failed, commandLine);
      case StoreException failed -> failed(failed, commandLine);
      default -> throw e;
    };
  }

  private static int unusable(String what, List<String> problems, CommandLine commandLine) {
    commandLine.getErr().println("consentry-server: " + what);
    problems.forEach(problem -> commandLine.getErr().println("  - " + problem));
    return ExitCode.USAGE;
  }

  private static int failed(Exception why, CommandLine commandLine) {
    commandLine.getErr().println("consentry-server: " + why.getMessage());
    return ExitCode.FAILED;
  }

  /** The version that the build wrote into the jar. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }

  /** What {@code --version} prints. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"consentry-server " + version()};
    }
  }
}
