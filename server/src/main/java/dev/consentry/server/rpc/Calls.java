package dev.consentry.server.rpc;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** How calls are answered: exactly once, whatever happens. */
final class Calls {
  /** For a command of a call without a deadline: what still waits by then is not begun. */
  static final int COMMAND_SECONDS_MAX = 10;

  private final Executor virtualThreads;
  private final Faults faults;

  Calls(Executor virtualThreads, Faults faults) {
    this.virtualThreads = virtualThreads;
    this.faults = faults;
  }

  /** Runs what may block. */
  Executor virtualThreads() {
    return virtualThreads;
  }

  /** Ends a call with an error. */
  static void close(ServerCall<?, ?> call, StatusRuntimeException why) {
    Metadata trailers = why.getTrailers();
    try {
      call.close(why.getStatus(), trailers == null ? new Metadata() : trailers);
    } catch (IllegalStateException e) {
      // It has ended already.
    }
  }

  /** Answers on this thread. */
  <T> void answer(StreamObserver<T> reply, Supplier<T> message) {
    T ready;
    try {
      ready = message.get();
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(faults.status(e));
      return;
    }
    reply.onNext(ready);
    reply.onCompleted();
  }

  /** Answers on a virtual thread, in the context of the call. */
  <T> void answerBlocking(StreamObserver<T> reply, Supplier<T> message) {
    runBlocking(reply, () -> answer(reply, message));
  }

  /** Answers with a stream, on a virtual thread, in the context of the call. */
  void streamBlocking(StreamObserver<?> reply, Runnable messages) {
    runBlocking(
        reply,
        () -> {
          try {
            messages.run();
            // Whatever goes wrong, the caller is told that it did.
          } catch (Throwable e) {
            reply.onError(faults.status(e));
            return;
          }
          reply.onCompleted();
        });
  }

  /** Leaves it to a virtual thread, in the context of the call, to answer. */
  void runBlocking(StreamObserver<?> reply, Runnable handler) {
    try {
      virtualThreads.execute(Context.current().wrap(handler));
    } catch (RejectedExecutionException e) {
      reply.onError(faults.status(e));
    }
  }

  /** Whether the caller of the current call has gone, or has waited for too long by now. */
  static BooleanSupplier abandoned() {
    Context context = Context.current();
    Deadline given = context.getDeadline();
    Deadline deadline =
        given != null ? given : Deadline.after(COMMAND_SECONDS_MAX, TimeUnit.SECONDS);
    return () -> context.isCancelled() || deadline.isExpired();
  }
}
