package dev.consentry.server.rpc;

import io.grpc.ServerCall;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what happens to a call until there is somebody to hear of it, then tells it in order. The
 * transport delivers no message before one is asked for, so that it is never much.
 */
final class DelayedCall<Q> extends ServerCall.Listener<Q> {
  private final Queue<Consumer<ServerCall.Listener<Q>>> events = new ArrayDeque<>();
  private volatile ServerCall.@Nullable Listener<Q> listener;

  /** Hears of everything from now on, beginning with what has happened before. */
  void begin(ServerCall.Listener<Q> begun) {
    for (var event = nextOrBegin(begun); event != null; event = nextOrBegin(begun)) {
      event.accept(begun);
    }
  }

  /** Null once there is nothing left: from then on events go to the listener themselves. */
  private @Nullable Consumer<ServerCall.Listener<Q>> nextOrBegin(ServerCall.Listener<Q> begun) {
    synchronized (events) {
      var next = events.poll();
      if (next == null) {
        listener = begun;
      }
      return next;
    }
  }

  private void happen(Consumer<ServerCall.Listener<Q>> event) {
    ServerCall.Listener<Q> now = listener;
    if (now == null) {
      synchronized (events) {
        now = listener;
        if (now == null) {
          events.add(event);
          return;
        }
      }
    }
    event.accept(now);
  }

  @Override
  public void onMessage(Q message) {
    happen(to -> to.onMessage(message));
  }

  @Override
  public void onHalfClose() {
    happen(ServerCall.Listener::onHalfClose);
  }

  @Override
  public void onCancel() {
    happen(ServerCall.Listener::onCancel);
  }

  @Override
  public void onComplete() {
    happen(ServerCall.Listener::onComplete);
  }

  @Override
  public void onReady() {
    happen(ServerCall.Listener::onReady);
  }
}
