package dev.consentry.cli;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where a command reads and writes, always in UTF-8.
 *
 * @param interactive whether there is somebody to ask
 */
record Terminal(InputStream in, PrintStream out, PrintStream err, boolean interactive) {
  /** Set by the launcher, which can tell; without it nobody is asked. */
  private static final String INTERACTIVE_PROPERTY = "consentry.terminal";

  static Terminal ofProcess() {
    return new Terminal(
        System.in,
        utf8(FileDescriptor.out),
        utf8(FileDescriptor.err),
        Boolean.getBoolean(INTERACTIVE_PROPERTY));
  }

  /** Asks a question; anything but yes is no. */
  boolean confirm(String question) {
    err.print(question + " [y/N] ");
    err.flush();
    try {
      @Nullable String answer =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
      return answer != null
          && (answer.strip().equalsIgnoreCase("y") || answer.strip().equalsIgnoreCase("yes"));
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether all that was printed arrived. */
  boolean flushed() {
    err.flush();
    return !out.checkError();
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), false, StandardCharsets.UTF_8);
  }
}
