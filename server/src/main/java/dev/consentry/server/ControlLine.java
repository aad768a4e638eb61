package dev.consentry.server;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** One line of UTF-8 that ends with a newline: a request or a reply on the control socket. */
final class ControlLine {
  private ControlLine() {}

  /**
   * The next line, without its newline.
   *
   * @throws IOException also if it is longer, or the connection ends before it does
   */
  static String read(SocketChannel channel, int bytesMax) throws IOException {
    var line = new ByteArrayOutputStream();
    var one = ByteBuffer.allocate(1);
    while (channel.read(one) > 0) {
      if (one.get(0) == '\n') {
        return line.toString(StandardCharsets.UTF_8);
      }
      if (line.size() == bytesMax) {
        throw new IOException("a line of more than %d bytes".formatted(bytesMax));
      }
      line.write(one.get(0));
      one.clear();
    }
    throw new EOFException("the connection ended within a line");
  }

  static void write(SocketChannel channel, String line) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
