package dev.consentry.server.http;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client of HTTP/2 in plain text that knows what it speaks. It asks with GET, and resets. */
final class PlainHttp2 implements AutoCloseable {
  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int GO_AWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final byte INITIAL_WINDOW_SIZE = 4;

  /** An indexed field of the static table (RFC 7541, A). */
  private static final byte STATUS_200 = (byte) 0x88;

  /** What begins a change of the dynamic table's size, which may come first (RFC 7541, 6.3). */
  private static final int SIZE_UPDATE_BITS = 0xE0;

  private static final int SIZE_UPDATE = 0x20;
  private static final int SIZE_IN_NEXT_BYTES = 0x3F;

  private static final int ACK = 1;
  private static final int END_STREAM_AND_HEADERS = 5;

  private final Socket socket;
  private final OutputStream out;
  private final DataInputStream in;

  /** What the server has sent. */
  record Frame(int type, int flags, int stream, ByteBuffer payload) {
    /** Of a frame of data. */
    String text() {
      return StandardCharsets.UTF_8.decode(payload.duplicate()).toString();
    }

    /** Of a frame of headers. */
    boolean isStatus200() {
      int at = 0;
      while ((payload.get(at) & SIZE_UPDATE_BITS) == SIZE_UPDATE) {
        boolean more = payload.get(at) == SIZE_IN_NEXT_BYTES;
        at++;
        while (more) {
          more = payload.get(at++) < 0;
        }
      }
      return payload.get(at) == STATUS_200;
    }
  }

  private PlainHttp2(Socket socket) throws IOException {
    this.socket = socket;
    out = socket.getOutputStream();
    in = new DataInputStream(socket.getInputStream());
  }

  static PlainHttp2 connect(InetSocketAddress address) throws IOException {
    var socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout((int) RawHttp.PATIENCE.toMillis());
    var client = new PlainHttp2(socket);
    client.out.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    client.write(SETTINGS, 0, 0, new byte[0]);
    return client;
  }

  void get(int stream, String path) throws IOException {
    var block = new ByteArrayOutputStream();
    block.write(0x82);
    block.write(0x86);
    literal(block, 0x04, path);
    literal(block, 0x01, "a");
    write(HEADERS, END_STREAM_AND_HEADERS, stream, block.toByteArray());
  }

  private static void literal(ByteArrayOutputStream block, int name, String value) {
    block.write(name);
    block.write(value.length());
    block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
  }

  void reset(int stream) throws IOException {
    write(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
  }

  /** From now on new streams may not be sent a byte of data. */
  void closeWindows() throws IOException {
    write(SETTINGS, 0, 0, new byte[] {0, INITIAL_WINDOW_SIZE, 0, 0, 0, 0});
  }

  /** One byte more of data may come. */
  void openWindowByOne(int stream) throws IOException {
    write(WINDOW_UPDATE, 0, stream, new byte[] {0, 0, 0, 1});
  }

  private void write(int type, int flags, int stream, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    out.write(frame.array());
    out.flush();
  }

  /** The next frame of this type; null if the connection ends before. */
  @Nullable Frame next(int type) throws IOException {
    try {
      while (true) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int got = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        var frame = new Frame(got, flags, in.readInt(), ByteBuffer.wrap(in.readNBytes(length)));
        if (got == SETTINGS && (flags & ACK) == 0) {
          write(SETTINGS, ACK, 0, new byte[0]);
        }
        if (got == type) {
          return frame;
        }
      }
    } catch (EOFException | SocketException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
