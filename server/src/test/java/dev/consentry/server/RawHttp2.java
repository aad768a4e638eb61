package dev.consentry.server;

import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client that writes whatever frames it is told to, and tells what the server has done to it. It
 * answers {@code PING} and {@code SETTINGS} unless it is deaf.
 */
final class RawHttp2 implements AutoCloseable {
  /** A call that was reset, in {@link #ends()}; the code follows. */
  static final String RESET = "reset ";

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int CONTINUATION = 9;
  private static final int ACK = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int FRAME_BYTES_MAX = 16_384;

  private final Socket socket;
  private final OutputStream out;
  private final boolean deaf;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
  private final ConcurrentMap<Integer, String> ends = new ConcurrentHashMap<>();
  private volatile long goAway = -1;
  private volatile boolean closed;
  private final AtomicInteger resets = new AtomicInteger();

  private RawHttp2(InetSocketAddress address, boolean deaf) throws IOException {
    this.socket = new Socket(address.getAddress(), address.getPort());
    this.deaf = deaf;
    socket.setTcpNoDelay(true);
    out = socket.getOutputStream();
  }

  /** Connected, with the first {@code SETTINGS} sent. */
  static RawHttp2 connect(InetSocketAddress address) {
    return connect(address, false);
  }

  /** The same, but it never says anything by itself. */
  static RawHttp2 connectDeaf(InetSocketAddress address) {
    return connect(address, true);
  }

  private static RawHttp2 connect(InetSocketAddress address, boolean deaf) {
    try {
      var client = new RawHttp2(address, deaf);
      client.write(PREFACE);
      client.settings();
      Thread.startVirtualThread(client::read);
      return client;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What became of the calls that have ended: {@code :status/grpc-status}, or {@link #RESET}. */
  Map<Integer, String> ends() {
    return ends;
  }

  /** The error of the server's {@code GOAWAY}; negative while there was none. */
  long goAway() {
    return goAway;
  }

  /** How many streams the server has reset, be it after their end. */
  int resets() {
    return resets.get();
  }

  /** Whether the server has closed the connection. */
  boolean isClosed() {
    return closed;
  }

  /** Begins a call. */
  void headers(int stream, String path, boolean last, String... more) {
    var block = new ByteArrayOutputStream();
    header(block, ":method", "POST");
    header(block, ":scheme", "http");
    header(block, ":path", "/" + path);
    header(block, ":authority", "localhost");
    header(block, "content-type", "application/grpc");
    header(block, "te", "trailers");
    for (int i = 0; i < more.length; i += 2) {
      header(block, more[i], more[i + 1]);
    }
    byte[] all = block.toByteArray();
    var frames = new ByteArrayOutputStream();
    int type = HEADERS;
    int from = 0;
    do {
      int to = Math.min(all.length, from + FRAME_BYTES_MAX);
      int flags = (type == HEADERS && last ? END_STREAM : 0) | (to == all.length ? END_HEADERS : 0);
      byte[] part = new byte[to - from];
      System.arraycopy(all, from, part, 0, part.length);
      frames.writeBytes(frame(type, flags, stream, part));
      type = CONTINUATION;
      from = to;
    } while (from < all.length);
    write(frames.toByteArray());
  }

  /** Some of a call's body. */
  void data(int stream, byte[] bytes, boolean last) {
    write(frame(DATA, last ? END_STREAM : 0, stream, bytes));
  }

  /** A whole message, as gRPC frames it. */
  static byte[] message(byte[] bytes) {
    return ByteBuffer.allocate(5 + bytes.length)
        .put((byte) 0)
        .putInt(bytes.length)
        .put(bytes)
        .array();
  }

  void reset(int stream) {
    write(frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8}));
  }

  void ping() {
    write(frame(PING, 0, 0, new byte[8]));
  }

  void settings() {
    write(frame(SETTINGS, 0, 0, new byte[0]));
  }

  private static void header(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  /** RFC 7541 §5.2, without Huffman's code. */
  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length < 127) {
      block.write(bytes.length);
    } else {
      block.write(127);
      int rest = bytes.length - 127;
      while (rest >= 128) {
        block.write(rest % 128 + 128);
        rest /= 128;
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** Writes nothing once the connection is gone. */
  private synchronized void write(byte[] bytes) {
    try {
      out.write(bytes);
    } catch (IOException e) {
      // The server has closed it; the reader will find out.
    }
  }

  private void read() {
    try (var in = new DataInputStream(socket.getInputStream())) {
      while (true) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = new byte[length];
        in.readFully(payload);
        frameCame(type, flags, stream, payload);
      }
    } catch (IOException | Http2Exception e) {
      closed = true;
    }
  }

  private void frameCame(int type, int flags, int stream, byte[] payload) throws Http2Exception {
    switch (type) {
      case HEADERS -> {
        Http2Headers headers = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload));
        if ((flags & END_STREAM) != 0) {
          ends.putIfAbsent(stream, headers.status() + "/" + headers.get("grpc-status"));
        }
      }
      case RST_STREAM -> {
        resets.incrementAndGet();
        ends.putIfAbsent(stream, RESET + ByteBuffer.wrap(payload).getInt());
      }
      case GOAWAY -> goAway = ByteBuffer.wrap(payload).getInt(4);
      case PING, SETTINGS -> {
        if (!deaf && (flags & ACK) == 0) {
          write(frame(type, ACK, 0, type == PING ? payload : new byte[0]));
        }
      }
      default -> {}
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
