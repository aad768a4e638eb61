package dev.consentry.server.rpc;

import dev.consentry.server.security.Caller;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers a unary call with nothing between it and the transport, where a function has the reply.
 * Where it has none, and whenever a call is not what a unary call should be, another handler gets
 * the call as if it had come there.
 */
final class AtOnce implements ServerCallHandler<byte[], byte[]> {
  /** One is expected; whoever sends a second is to be caught. */
  private static final int REQUESTS_READ = 2;

  private final Door door;
  private final BiFunction<Caller, byte[], byte @Nullable []> answer;
  private final ServerCallHandler<byte[], byte[]> otherwise;
  private final Function<Throwable, StatusRuntimeException> failure;

  /**
   * What to answer with.
   *
   * @param answer never blocks; null where it takes more
   * @param failure what the caller is told of what the answer threw
   */
  AtOnce(
      Door door,
      BiFunction<Caller, byte[], byte @Nullable []> answer,
      ServerCallHandler<byte[], byte[]> otherwise,
      Function<Throwable, StatusRuntimeException> failure) {
    this.door = door;
    this.answer = answer;
    this.otherwise = otherwise;
    this.failure = failure;
  }

  @Override
  public ServerCall.Listener<byte[]> startCall(ServerCall<byte[], byte[]> call, Metadata headers) {
    Connection.Known known;
    try {
      known = door.known(call, headers);
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      Calls.close(call, failure.apply(e));
      return new ServerCall.Listener<>() {};
    }
    if (known == null) {
      return otherwise.startCall(call, headers);
    }
    call.request(REQUESTS_READ);
    return new Call(call, headers, known);
  }

  /** Tells who makes a call. Never blocks. */
  interface Door {
    /** Null where that takes more. */
    Connection.@Nullable Known known(ServerCall<?, ?> call, Metadata headers);

    /** Whether what was known before is true still. */
    boolean holds(Connection.Known known);
  }

  private final class Call extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final Metadata headers;
    private final Connection.Known known;
    private byte @Nullable [] request;

    /** Set once the call is the other handler's. */
    private ServerCall.@Nullable Listener<byte[]> other;

    Call(ServerCall<byte[], byte[]> call, Metadata headers, Connection.Known known) {
      this.call = call;
      this.headers = headers;
      this.known = known;
    }

    @Override
    public void onMessage(byte[] message) {
      if (request == null && other == null) {
        request = message;
      } else {
        other().onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      byte[] reply = null;
      try {
        // Between headers and request there may be time, in which a credential was taken back.
        if (request != null && door.holds(known)) {
          reply = answer.apply(known.caller(), request);
        }
        // Whatever goes wrong, the caller is told that it did.
      } catch (Throwable e) {
        Calls.close(call, failure.apply(e));
        return;
      }
      if (reply == null) {
        other().onHalfClose();
        return;
      }
      call.sendHeaders(new Metadata());
      call.sendMessage(reply);
      call.close(Status.OK, new Metadata());
    }

    private ServerCall.Listener<byte[]> other() {
      if (other == null) {
        other = otherwise.startCall(new Begun(call), headers);
        if (request != null) {
          other.onMessage(request);
          request = null;
        }
      }
      return other;
    }

    @Override
    public void onCancel() {
      if (other != null) {
        other.onCancel();
      }
    }

    @Override
    public void onComplete() {
      if (other != null) {
        other.onComplete();
      }
    }

    @Override
    public void onReady() {
      if (other != null) {
        other.onReady();
      }
    }
  }

  /** A call whose requests have been asked for. */
  private static final class Begun extends SimpleForwardingServerCall<byte[], byte[]> {
    Begun(ServerCall<byte[], byte[]> call) {
      super(call);
    }

    @Override
    public void request(int messages) {}
  }
}
