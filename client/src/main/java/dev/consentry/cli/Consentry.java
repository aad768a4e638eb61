package dev.consentry.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.consentry.client.ConsentryClient;
import io.grpc.ManagedChannelBuilder;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command itself: the options that all of its subcommands share, and what they mean. */
@Command(
    name = "consentry",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "Lets apps in, keeps them out, and says which is which.",
    footer = {
      "",
      "Exit: 0 done or ALLOW, 1 DENY, 2 anything else.",
      "CONSENTRY_CLIENT_SERVER, _TLS, _CA, _CERT, _KEY, _TOKEN_FILE, _TIMEOUT and _OUTPUT set the"
          + " options of the same names."
    })
final class Consentry {
  /** How results are printed. */
  enum Output {
    TABLE,
    JSON;

    @Override
    public String toString() {
      return Names.lower(this);
    }
  }

  private final Terminal terminal;
  private final Clock clock;

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:8980",
      converter = ServerAddress.Converter.class,
      scope = ScopeType.INHERIT,
      description = "The server (default: ${DEFAULT-VALUE}).")
  private ServerAddress server = new ServerAddress("127.0.0.1:8980");

  @Mixin private AccessOptions access = new AccessOptions();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      scope = ScopeType.INHERIT,
      description =
          "How long to wait for each answer, such as 500ms, 5s or 2m"
              + " (default: 2s for checks, 10m for revoke-app, 10s for the rest).")
  private @Nullable Duration timeout;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "table",
      scope = ScopeType.INHERIT,
      description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Output output = Output.TABLE;

  private Consentry(Terminal terminal, Clock clock) {
    this.terminal = terminal;
    this.clock = clock;
  }

  /** Puts the command together. */
  static CommandLine commandLine(Terminal terminal, EnvironmentDefaults defaults, Clock clock) {
    Consentry consentry = new Consentry(terminal, clock);
    CommandLine line =
        new CommandLine(consentry)
            .addSubcommand(AppsCommand.commandLine(consentry))
            .addSubcommand(new PreviewCommand(consentry))
            .addSubcommand(new GrantCommand(consentry))
            .addSubcommand(new GrantsCommand(consentry))
            .addSubcommand(new RevokeCommand(consentry))
            .addSubcommand(new RevokeAppCommand(consentry))
            .addSubcommand(new CheckCommand(consentry))
            .addSubcommand(new EventsCommand(consentry))
            .addSubcommand(new StatusCommand(consentry))
            .addSubcommand(new BenchCommand(consentry))
            .addSubcommand(new CompletionCommand(consentry));
    Failures failures = new Failures(terminal, consentry.access);
    return line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOverwrittenOptionsAllowed(false)
        .setExpandAtFiles(false)
        .setDefaultValueProvider(defaults)
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  /** Connects, or says at once that it cannot. */
  ConsentryClient connect() throws InterruptedException {
    ConsentryClient.Builder builder = ConsentryClient.builder(server.value());
    access.applyTo(builder);
    if (timeout != null) {
      builder.timeout(timeout);
    }
    ConsentryClient client = settled(builder::build);
    if (!client.connected(timeout())) {
      client.close();
      throw new CommandFailure(
          "cannot reach "
              + server.value()
              + Unreachable.why(channelBuilder().build(), access.encrypts()));
    }
    return client;
  }

  /** A channel to the same server, that shows the same. */
  ManagedChannelBuilder<?> channelBuilder() {
    ConsentryClient.Builder builder = ConsentryClient.builder(server.value());
    access.applyTo(builder);
    return settled(builder::channelBuilder);
  }

  private <T> T settled(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(e.getMessage() + access.adviceOnSettings());
    }
  }

  /** How long to wait for each answer. */
  Duration timeout() {
    return timeout == null ? ConsentryClient.CALL_TIMEOUT : timeout;
  }

  ServerAddress server() {
    return server;
  }

  Terminal terminal() {
    return terminal;
  }

  Times times() {
    return new Times(clock);
  }

  Clock clock() {
    return clock;
  }

  /** Prints a result: the reply itself as JSON, or a text for people. */
  void print(Message reply, Supplier<String> text) {
    print(() -> json(JsonFormat.printer(), reply), text);
  }

  /** Prints a result that is no reply. */
  void print(Supplier<String> json, Supplier<String> text) {
    if (output == Output.JSON) {
      terminal.out().println(json.get());
    } else {
      terminal.out().print(text.get());
    }
  }

  /** Prints one message of a stream, on a line of its own. */
  void printLine(Message reply, Supplier<String> text) {
    terminal
        .out()
        .println(
            output == Output.JSON
                ? json(JsonFormat.printer().omittingInsignificantWhitespace(), reply)
                : text.get());
    terminal.out().flush();
  }

  private static String json(JsonFormat.Printer printer, Message reply) {
    try {
      return printer.print(reply);
    } catch (InvalidProtocolBufferException e) {
      // Only messages that hold an Any of an unknown type cannot be printed: the contract has none.
      throw new IllegalStateException(e);
    }
  }
}
