package dev.consentry.server.log;

import java.io.Closeable;
import java.io.IOException;

/** Takes lines, whole ones. For one thread at a time. */
public interface LineSink extends Closeable {
  /** The process's standard error, among what else the server says there. */
  LineSink STANDARD_ERROR = new StandardError();

  /**
   * Writes lines, each with its end. May wait as long as the place where they go.
   *
   * @throws IOException if not all of them could be written; it is of no use to try them again
   */
  void write(byte[] lines) throws IOException;

  /**
   * Looks whether the place where lines go is still there, and opens it again if not. Asked for
   * about once a second.
   *
   * @throws IOException if that cannot be done: nothing can be written for now
   */
  void tend() throws IOException;

  /** Does not close: others speak there too. */
  final class StandardError implements LineSink {
    private StandardError() {}

    /** In one piece, under the lock of everybody who writes there. */
    @Override
    public void write(byte[] lines) throws IOException {
      System.err.write(lines, 0, lines.length);
      if (System.err.checkError()) {
        throw new IOException("standard error takes nothing any more");
      }
    }

    @Override
    public void tend() {}

    @Override
    public void close() {}
  }
}
