package dev.consentry.server.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Violation;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** Messages as the bytes that travel: what they say is for the handler to read and to write. */
final class ByteMessages implements MethodDescriptor.Marshaller<byte[]> {
  private static final ByteMessages MARSHALLER = new ByteMessages();

  private ByteMessages() {}

  static MethodDescriptor.Marshaller<byte[]> marshaller() {
    return MARSHALLER;
  }

  /** A method whose handler takes and gives bytes; the same for callers. */
  static MethodDescriptor<byte[], byte[]> of(MethodDescriptor<?, ?> method) {
    return method.toBuilder(MARSHALLER, MARSHALLER).build();
  }

  /**
   * The message that the bytes are.
   *
   * @throws InvalidFieldsException if they are none
   */
  static <T> T parse(Parser<T> parser, byte[] message) {
    try {
      return parser.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw malformed();
    }
  }

  /** What is wrong with bytes that are no message. */
  static InvalidFieldsException malformed() {
    return new InvalidFieldsException(
        List.of(new Violation("(message)", "must be protobuf of the type that the contract says")));
  }

  @Override
  public byte[] parse(InputStream message) {
    try {
      // Whatever is compressed does not know its length.
      return message instanceof KnownLength
          ? message.readNBytes(message.available())
          : message.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public InputStream stream(byte[] message) {
    return new Reply(message);
  }

  /** Goes to the transport in one piece. */
  private static final class Reply extends ByteArrayInputStream implements KnownLength, Drainable {
    Reply(byte[] message) {
      super(message);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int length = count - pos;
      target.write(buf, pos, length);
      pos = count;
      return length;
    }
  }
}
