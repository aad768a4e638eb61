package dev.consentry.server;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Asks the server that serves a data directory, if there is one. */
final class ControlClient {
  private static final int REPLY_BYTES_MAX = 8_192;

  private ControlClient() {}

  /**
   * The server's reply, or nothing if no server serves this directory.
   *
   * @throws IOException if it did not reply
   */
  static Optional<String> ask(Path directory, String request) throws IOException {
    if (!Files.exists(directory.resolve(ControlSocket.FILE))) {
      return Optional.empty();
    }
    try (var path = SocketPath.of(directory, ControlSocket.FILE);
        var channel = SocketChannel.open(path.address())) {
      ControlLine.write(channel, request);
      return Optional.of(ControlLine.read(channel, REPLY_BYTES_MAX));
    } catch (ConnectException e) {
      // A server that was killed left its socket behind.
      return Optional.empty();
    }
  }
}
