package dev.consentry.server.bench;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** Messages as the bytes they are: nothing is encoded or decoded, and all are copied once. */
public final class RawBytes implements Marshaller<byte[]> {
  private static final RawBytes INSTANCE = new RawBytes();
  private static final String SERVICE = "consentry.v1.DecisionService";

  private RawBytes() {}

  /** A method of the decision service, with raw messages. */
  public static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return method(SERVICE, name, type);
  }

  /** A method of any service, with raw messages. */
  public static MethodDescriptor<byte[], byte[]> method(
      String service, String name, MethodType type) {
    return MethodDescriptor.newBuilder(INSTANCE, INSTANCE)
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
        .build();
  }

  @Override
  public InputStream stream(byte[] bytes) {
    return new Drained(bytes);
  }

  @Override
  public byte[] parse(InputStream in) {
    try {
      byte[] bytes = new byte[in.available()];
      if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
        throw new IllegalStateException("the transport gave less than it said");
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Drained extends ByteArrayInputStream
      implements Drainable, KnownLength {
    Drained(byte[] bytes) {
      super(bytes);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int length = available();
      target.write(buf, pos, length);
      pos = count;
      return length;
    }
  }
}
