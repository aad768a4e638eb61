package dev.consentry.server;

/** Why a server ends. */
enum StopReason {
  SIGNAL("told to by a signal", ExitCode.OK),
  PARENT_ENDED("the process that started this one ended", ExitCode.OK),
  STORE_FAILED("the store failed", ExitCode.FAIL_STOP);

  private final String words;
  private final int exitCode;

  StopReason(String words, int exitCode) {
    this.words = words;
    this.exitCode = exitCode;
  }

  String words() {
    return words;
  }

  int exitCode() {
    return exitCode;
  }
}
