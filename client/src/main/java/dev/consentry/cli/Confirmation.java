package dev.consentry.cli;

import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** Asks before something is changed, unless told not to. */
final class Confirmation {
  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask.")
  private boolean yes;

  /**
   * Returns once it is agreed.
   *
   * @param question is made only if there is somebody to ask
   * @throws CommandFailure if it is not, or there is nobody to ask
   */
  void require(Terminal terminal, Supplier<String> question) {
    if (yes) {
      return;
    }
    if (!terminal.interactive()) {
      throw new CommandFailure(
          "nothing changed: there is no terminal to ask on; add --yes to go on without being asked");
    }
    if (!terminal.confirm(Names.printable(question.get()))) {
      throw new CommandFailure("nothing changed");
    }
  }
}
