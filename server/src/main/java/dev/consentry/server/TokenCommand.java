package dev.consentry.server;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.security.CallerEntry;
import dev.consentry.server.security.CallerId;
import dev.consentry.server.security.PresharedToken;
import dev.consentry.server.security.Role;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code consentry-server token}: makes tokens. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Tokens: preshared ones for callers, and those of apps for a demo.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {TokenCommand.New.class, TokenDemoCommand.class})
final class TokenCommand {
  /** Of the hash, for a caller that was given no name. */
  private static final int DEFAULT_ID_DIGITS = 8;

  private TokenCommand() {}

  /** How the new token is printed. */
  enum Output {
    TEXT,
    JSON
  }

  /** {@code consentry-server token new}: makes one, and forgets it. */
  @Command(
      name = "new",
      mixinStandardHelpOptions = true,
      versionProvider = Main.Version.class,
      sortOptions = false,
      description = {
        "Makes a preshared token and prints it, this once, with the entry for the file of callers."
            + " The entry holds its SHA-256 only; nothing is written anywhere."
      })
  static final class New implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
        names = "--id",
        paramLabel = "NAME",
        converter = IdConverter.class,
        description = "Names the caller in the history. Default: a part of the hash")
    private @Nullable CallerId id;

    @Option(
        names = "--role",
        paramLabel = "ROLE",
        defaultValue = "decider",
        converter = RoleConverter.class,
        completionCandidates = Roles.class,
        description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
    private Role role = Role.DECIDER;

    @Option(
        names = "--account",
        paramLabel = "ID",
        converter = AccountConverter.class,
        description = "Binds the role to an account; for several, several times. Default: all")
    private List<AccountId> accounts = new ArrayList<>();

    @Option(
        names = "--app",
        paramLabel = "ID",
        converter = AppConverter.class,
        description = "Binds the role to an app; for several, several times. Default: all")
    private List<AppId> apps = new ArrayList<>();

    @Option(
        names = "--output",
        paramLabel = "text|json",
        defaultValue = "text",
        converter = OutputConverter.class,
        description = "Default: ${DEFAULT-VALUE}")
    private Output output = Output.TEXT;

    @Override
    public Integer call() {
      if (role == Role.OPERATOR && !(accounts.isEmpty() && apps.isEmpty())) {
        throw new ParameterException(
            spec.commandLine(),
            "an operator's word counts for all accounts and apps: leave out --account and --app");
      }
      PresharedToken token = PresharedToken.make(new SecureRandom());
      CallerId name =
          id == null
              ? new CallerId("caller-" + token.sha256().substring(0, DEFAULT_ID_DIGITS))
              : id;
      var entry =
          new CallerEntry(
              name,
              token.sha256(),
              role,
              accounts.stream().distinct().toList(),
              apps.stream().distinct().toList());
      PrintWriter out = spec.commandLine().getOut();
      switch (output) {
        case TEXT -> printText(token, entry, out);
        case JSON -> printJson(token, entry, out);
      }
      return ExitCode.OK;
    }

    private static void printText(PresharedToken token, CallerEntry entry, PrintWriter out) {
      out.println(token.secret());
      out.println();
      out.println("This is shown once, and stored nowhere. For the list `callers` of the file:");
      out.println();
      out.print(entry.yaml().indent(2));
      out.flush();
    }

    private static void printJson(PresharedToken token, CallerEntry entry, PrintWriter out) {
      var json = new LinkedHashMap<String, Object>();
      json.put("token", token.secret());
      json.put("id", entry.id().value());
      json.put("sha256", entry.sha256());
      json.put("entry", entry.yaml());
      out.println(JSONObjectUtils.toJSONString(json));
      out.flush();
    }
  }

  /** The roles, for {@code --help}. */
  static final class Roles implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.of(Role.values()).map(Role::text).iterator();
    }
  }

  static final class IdConverter implements ITypeConverter<CallerId> {
    @Override
    public CallerId convert(String text) {
      return checked(text, CallerId::new);
    }
  }

  static final class AccountConverter implements ITypeConverter<AccountId> {
    @Override
    public AccountId convert(String text) {
      return checked(text, AccountId::new);
    }
  }

  static final class AppConverter implements ITypeConverter<AppId> {
    @Override
    public AppId convert(String text) {
      return checked(text, AppId::new);
    }
  }

  static final class RoleConverter implements ITypeConverter<Role> {
    @Override
    public Role convert(String text) {
      return Role.of(text)
          .orElseThrow(() -> new TypeConversionException("must be one of " + Role.texts()));
    }
  }

  static final class OutputConverter implements ITypeConverter<Output> {
    @Override
    public Output convert(String text) {
      return switch (text) {
        case "text" -> Output.TEXT;
        case "json" -> Output.JSON;
        default -> throw new TypeConversionException("must be text or json");
      };
    }
  }

  private static <T> T checked(String text, Function<String, T> make) {
    try {
      if (text.equals("*")) {
        throw new InvalidValueException("must be an id, `*` is a letter: leave it out for all");
      }
      return make.apply(text);
    } catch (InvalidValueException e) {
      throw new TypeConversionException(e.problem());
    }
  }
}
