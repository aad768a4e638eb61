package dev.consentry.cli;

import picocli.CommandLine.Option;

/** The two that a grant is between. */
final class PairOptions {
  @Option(names = "--account", required = true, paramLabel = "A", description = "The account.")
  private String account = "";

  @Option(names = "--app", required = true, paramLabel = "X", description = "The app.")
  private String app = "";

  String account() {
    return account;
  }

  String app() {
    return app;
  }
}
