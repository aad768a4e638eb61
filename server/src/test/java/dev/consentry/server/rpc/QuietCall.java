package dev.consentry.server.rpc;

import dev.consentry.v1.DecisionServiceGrpc;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;

/** A check that goes nowhere, for benchmarks of what stands before its answer. */
final class QuietCall extends ServerCall<byte[], byte[]> {
  private static final MethodDescriptor<byte[], byte[]> CHECK =
      ByteMessages.of(DecisionServiceGrpc.getCheckMethod());

  private final Attributes attributes;

  QuietCall(Attributes attributes) {
    this.attributes = attributes;
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public void request(int messages) {}

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public void sendMessage(byte[] message) {}

  @Override
  public void close(Status status, Metadata trailers) {}

  @Override
  public boolean isCancelled() {
    return false;
  }

  @Override
  public MethodDescriptor<byte[], byte[]> getMethodDescriptor() {
    return CHECK;
  }
}
