package dev.consentry.server;

import dev.consentry.server.config.ConfigException;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.ScopeSource;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code consentry-server check-config FILE}: whether a server would start with a file. */
@Command(
    name = "check-config",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Says everything that is wrong with a configuration file and its section `gateway`, or"
          + " which doors it has.",
      "It is read as `serve --config FILE` would read it here, variables and all. No key, token or"
          + " certificate is looked at, and nothing is opened."
    })
final class CheckConfigCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE", description = "The file; it is not changed.")
  private Path file = Path.of("");

  /** Throws {@link ConfigException}, which {@link Main} explains. */
  @Override
  public Integer call() {
    Gateway gateway = CheckedFile.read(file, System.getenv()).gateway();
    PrintWriter out = spec.commandLine().getOut();
    out.println(file + ": good");
    if (gateway == null) {
      out.println("  no section `gateway`");
    } else {
      new TreeMap<>(gateway.doors()).values().forEach(door -> out.println("  " + words(door)));
      out.println("  routes: " + gateway.routes().rules().size());
      if (gateway.authZen() != null) {
        out.println("  authzen");
      }
    }
    out.flush();
    return ExitCode.OK;
  }

  private static String words(Door door) {
    String scopes =
        switch (door.scopes()) {
          case ScopeSource.Fixed(var list) -> DoorAnswer.text(list);
          case ScopeSource.Gateway _ -> ScopeSource.Gateway.WORD;
          case ScopeSource.Routes _ -> ScopeSource.Routes.WORD;
        };
    String caller =
        door.kind() == Door.Kind.FORWARD_AUTH ? ", caller: " + door.callerBy().word() : "";
    return "door %s: %s%s, subject: %s, scopes: %s"
        .formatted(door.name(), door.kind().word(), caller, door.subject().word(), scopes);
  }
}
