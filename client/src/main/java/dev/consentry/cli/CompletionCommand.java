package dev.consentry.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a shell needs to complete this command. */
@Command(
    name = "completion",
    description = {
      "Prints a script that lets a shell complete this command.",
      "Use it with: source <(consentry completion)"
    })
final class CompletionCommand implements Callable<Integer> {
  /** Shells that there is a script for: the same one, which finds out by itself. */
  enum Shell {
    BASH,
    ZSH;

    @Override
    public String toString() {
      return Names.lower(this);
    }
  }

  private final Consentry consentry;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "SHELL",
      defaultValue = "bash",
      description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Shell shell = Shell.BASH;

  CompletionCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    consentry.terminal().out().print(AutoComplete.bash("consentry", spec.root().commandLine()));
    consentry
        .terminal()
        .out()
        .println("# To load it: source <(consentry completion " + shell + ")");
    return ExitCode.DONE;
  }
}
