package dev.consentry.server;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.consentry.server.TokenCommand.Output;
import dev.consentry.server.config.ConfigException;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.gateway.RouteMatch;
import dev.consentry.server.gateway.RouteRule;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code consentry-server route FILE METHOD URL}: which rule a request would meet. */
@Command(
    name = "route",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Says which rule of a file's routes holds for a request, which scopes that needs, and which"
          + " account its path names; or why it is refused. It exits with 0 in either case.",
      "Doors with `scopes: routes` go by that. Whether anybody may, no file says."
    })
final class RouteCommand implements Callable<Integer> {
  /** Nothing of it is decoded or mended: what is wrong with it, the rules have to say. */
  private static final Pattern URL = Pattern.compile("(?s)https?://([^/?#]*)(.*)");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "The configuration file.")
  private Path file = Path.of("");

  @Parameters(index = "1", paramLabel = "METHOD", description = "As it is sent, such as GET.")
  private String method = "";

  @Parameters(
      index = "2",
      paramLabel = "URL",
      description = "As it is sent: http:// or https://, host, path, perhaps a query.")
  private String url = "";

  @Option(
      names = "--output",
      paramLabel = "text|json",
      defaultValue = "text",
      converter = TokenCommand.OutputConverter.class,
      description = "Default: ${DEFAULT-VALUE}")
  private Output output = Output.TEXT;

  /** Throws {@link ConfigException}, which {@link Main} explains. */
  @Override
  public Integer call() {
    Matcher parts = URL.matcher(url);
    if (!parts.matches()) {
      throw new ParameterException(
          spec.commandLine(), "URL must begin with http:// or https:// and a host");
    }
    String target = parts.group(2).startsWith("/") ? parts.group(2) : "/" + parts.group(2);
    Gateway read = CheckedFile.read(file, System.getenv()).gateway();
    Gateway gateway = read == null ? Gateway.NONE : read;
    Map<String, Object> told;
    try {
      told = told(gateway, gateway.routes().covering(method, parts.group(1), target));
    } catch (NotLetThroughException e) {
      told = told(e);
    }
    PrintWriter out = spec.commandLine().getOut();
    switch (output) {
      case TEXT -> told.forEach((key, value) -> out.println(key + ": " + value));
      case JSON -> out.println(JSONObjectUtils.toJSONString(told));
    }
    out.flush();
    return ExitCode.OK;
  }

  private Map<String, Object> told(Gateway gateway, RouteMatch.Covered covered) {
    RouteRule rule = covered.rule();
    var told = new LinkedHashMap<String, Object>();
    told.put("rule", gateway.routes().rules().indexOf(rule) + 1);
    told.put("matches", rule.toString());
    if (rule.isPublic()) {
      told.put("public", true);
    } else if (output == Output.JSON) {
      told.put("scopes", rule.scopes().stream().map(Scope::value).toList());
    } else {
      told.put("scopes", DoorAnswer.text(rule.scopes()));
    }
    if (covered.account() != null) {
      told.put("account", covered.account());
    }
    return told;
  }

  private static Map<String, Object> told(NotLetThroughException why) {
    var told = new LinkedHashMap<String, Object>();
    told.put("refused", why.reason().name());
    told.put("detail", why.detail());
    return told;
  }
}
