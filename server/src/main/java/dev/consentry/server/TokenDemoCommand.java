package dev.consentry.server;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.consentry.server.TokenCommand.Output;
import dev.consentry.server.config.Amounts;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.demo.DemoIssuer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.Unmatched;

/** {@code consentry-server token demo}: mints what an app would show at a door. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    description = {
      "Makes an access token of an app and prints it: a JWT of the demo issuer, whose key a server"
          + " with --demo keeps in its data directory. For doors that believe this issuer."
    })
final class TokenDemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--app",
      paramLabel = "ID",
      required = true,
      converter = AppConverter.class,
      description = "Whose token it is: `azp`")
  private @Nullable AppId app;

  @Option(
      names = "--account",
      paramLabel = "ID",
      required = true,
      converter = AccountConverter.class,
      description = "For which account it acts: `org_id`")
  private @Nullable AccountId account;

  @Option(
      names = "--scope",
      paramLabel = "SCOPE",
      converter = ScopeConverter.class,
      description = "What it may ask for; for several, several times. Default: none")
  private List<Scope> scopes = new ArrayList<>();

  @Option(
      names = "--lifetime",
      paramLabel = "TIME",
      defaultValue = "1h",
      converter = LifetimeConverter.class,
      description = "1s to 24h. Default: ${DEFAULT-VALUE}")
  private Duration lifetime = Duration.ofHours(1);

  @Option(
      names = "--output",
      paramLabel = "text|json",
      defaultValue = "text",
      converter = TokenCommand.OutputConverter.class,
      description = "Default: ${DEFAULT-VALUE}")
  private Output output = Output.TEXT;

  @Unmatched private List<String> unknown = new ArrayList<>();

  @Override
  public Integer call() {
    Path data = ConfigFlags.read(spec, unknown).data();
    List<Scope> asked = scopes.stream().distinct().toList();
    if (asked.size() > DemoIssuer.SCOPES_MAX) {
      throw new ParameterException(
          spec.commandLine(), "a token has at most %d scopes".formatted(DemoIssuer.SCOPES_MAX));
    }
    AppId whose = Objects.requireNonNull(app, "it is required");
    AccountId where = Objects.requireNonNull(account, "it is required");
    DemoIssuer.Minted minted = issuer(data).mint(whose, where, asked, lifetime, Instant.now());
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        switch (output) {
          case TEXT -> minted.token();
          case JSON -> json(minted, whose, where, asked);
        });
    out.flush();
    return ExitCode.OK;
  }

  private static DemoIssuer issuer(Path data) {
    Path file = data.resolve(DemoIssuer.PRIVATE_FILE);
    try {
      return DemoIssuer.open(data);
    } catch (NoSuchFileException e) {
      throw new CommandFailedException(
          "there is no %s: is there a server started with --demo --data %s?".formatted(file, data),
          e);
    } catch (AccessDeniedException e) {
      throw new CommandFailedException(
          "%s is not yours to read: its owner alone can make tokens".formatted(file), e);
    } catch (IOException e) {
      throw new CommandFailedException("cannot make a token: " + e.getMessage(), e);
    }
  }

  private static String json(
      DemoIssuer.Minted minted, AppId app, AccountId account, List<Scope> scopes) {
    var json = new LinkedHashMap<String, Object>();
    json.put("token", minted.token());
    json.put("issuer", DemoIssuer.ISSUER);
    json.put("audience", DemoIssuer.AUDIENCE);
    json.put("app", app.value());
    json.put("account", account.value());
    json.put("scopes", scopes.stream().map(Scope::value).toList());
    json.put("expires", minted.expires().toString());
    return JSONObjectUtils.toJSONString(json);
  }

  static final class AppConverter implements ITypeConverter<AppId> {
    @Override
    public AppId convert(String text) {
      return checked(text, AppId::new);
    }
  }

  static final class AccountConverter implements ITypeConverter<AccountId> {
    @Override
    public AccountId convert(String text) {
      return checked(text, AccountId::new);
    }
  }

  static final class ScopeConverter implements ITypeConverter<Scope> {
    @Override
    public Scope convert(String text) {
      return checked(text, Scope::new);
    }
  }

  static final class LifetimeConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return checked(
          text,
          amount -> Amounts.duration(amount, DemoIssuer.LIFETIME_MIN, DemoIssuer.LIFETIME_MAX));
    }
  }

  private static <T> T checked(String text, Function<String, T> make) {
    try {
      return make.apply(text);
    } catch (InvalidValueException e) {
      throw new TypeConversionException(e.problem());
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
