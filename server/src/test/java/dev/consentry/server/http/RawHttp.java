package dev.consentry.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client of HTTP/1 that sends whatever it is told to. Bytes are written as Latin-1. */
final class RawHttp implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})[^\\r]*\\r\\n");

  private final Socket socket;
  private final StringBuilder said = new StringBuilder();

  private RawHttp(Socket socket) {
    this.socket = socket;
  }

  static RawHttp connect(InetSocketAddress address) throws IOException {
    var socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.setTcpNoDelay(true);
    return new RawHttp(socket);
  }

  /** All that one connection says to these bytes and the end of sending. */
  static String exchange(InetSocketAddress address, String bytes) throws IOException {
    try (var client = connect(address)) {
      try {
        client.send(bytes);
        client.socket.shutdownOutput();
      } catch (SocketException e) {
        // It was closed before we were through, and may have said why.
      }
      return client.readToEnd();
    }
  }

  /** The statuses in what a connection said, interim ones too. */
  static List<Integer> statuses(String said) {
    var statuses = new ArrayList<Integer>();
    Matcher match = STATUS.matcher(said);
    while (match.find()) {
      statuses.add(Integer.valueOf(match.group(1)));
    }
    return statuses;
  }

  void send(String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  /** Sends the same again and again, until the server closes; what it said until then. */
  String trickle(String bytes, Duration pause) throws IOException {
    try {
      while (isOpenAfter(pause)) {
        send(bytes);
      }
    } catch (SocketException e) {
      // Closed while we sent.
    }
    return said.toString() + readToEnd();
  }

  /** Whether it is not closed within this time. What it says meanwhile is kept. */
  boolean isOpenAfter(Duration time) throws IOException {
    socket.setSoTimeout((int) time.toMillis());
    try {
      int next = socket.getInputStream().read();
      if (next >= 0) {
        said.append((char) next);
      }
      return next >= 0;
    } catch (SocketTimeoutException e) {
      return true;
    } finally {
      socket.setSoTimeout((int) PATIENCE.toMillis());
    }
  }

  /** Until the server closes; what it said before a reset counts. */
  String readToEnd() throws IOException {
    var said = new StringBuilder();
    InputStream in = socket.getInputStream();
    var buffer = new byte[8 << 10];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        said.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
      }
    } catch (SocketException e) {
      // Reset: closed by the server while something was still coming from us.
    }
    return said.toString();
  }

  /** One answer with a `Content-Length`, headers and all. */
  String readAnswer() throws IOException {
    var said = new StringBuilder();
    InputStream in = socket.getInputStream();
    while (said.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return said.toString();
      }
      said.append((char) next);
    }
    Matcher length = Pattern.compile("Content-Length: (\\d+)").matcher(said);
    if (length.find()) {
      byte[] body = in.readNBytes(Integer.parseInt(length.group(1)));
      said.append(new String(body, StandardCharsets.ISO_8859_1));
    }
    return said.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
