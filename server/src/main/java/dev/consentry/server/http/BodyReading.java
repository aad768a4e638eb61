package dev.consentry.server.http;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** Collects a body as it comes, and refuses one that is too large, malformed or too slow. */
final class BodyReading implements Invocable.Task {
  private static final int BAD_REQUEST = 400;
  private static final int TIMEOUT = 408;
  private static final int TOO_LARGE = 413;

  private final Request request;
  private final JettyCall call;
  private final int bytesMax;
  private final Duration timeMax;
  private final Consumer<byte[]> then;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private long read;
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile Scheduler.@Nullable Task timeout;

  BodyReading(
      Request request, JettyCall call, int bytesMax, Duration timeMax, Consumer<byte[]> then) {
    this.request = request;
    this.call = call;
    this.bytesMax = bytesMax;
    this.timeMax = timeMax;
    this.then = then;
  }

  void begin() {
    if (request.getLength() > unheardBytesMax()) {
      refuse(TOO_LARGE);
      return;
    }
    run();
  }

  /*
   * What is a little too large is read to its end, and dropped: a connection that is closed while its client still
   * sends takes the answer with it (RFC 9112 §9.6).
   */
  private long unheardBytesMax() {
    return 2L * bytesMax;
  }

  @Override
  public void run() {
    while (!ended.get()) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        waitForMore();
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        refuse(BAD_REQUEST);
        return;
      }
      read += chunk.remaining();
      if (read <= bytesMax) {
        body.writeBytes(BufferUtil.toArray(chunk.getByteBuffer()));
      }
      chunk.release();
      if (read > unheardBytesMax() || (read > bytesMax && chunk.isLast())) {
        refuse(TOO_LARGE);
        return;
      }
      if (chunk.isLast()) {
        if (end()) {
          then.accept(body.toByteArray());
        }
        return;
      }
    }
  }

  private void waitForMore() {
    if (timeout == null) {
      timeout =
          request
              .getComponents()
              .getScheduler()
              .schedule(() -> refuse(TIMEOUT), timeMax.toNanos(), TimeUnit.NANOSECONDS);
    }
    request.demand(this);
  }

  private void refuse(int status) {
    if (end()) {
      call.refuseAndClose(status);
    }
  }

  /** Whether it was not over yet. */
  private boolean end() {
    if (!ended.compareAndSet(false, true)) {
      return false;
    }
    Scheduler.Task waiting = timeout;
    if (waiting != null) {
      waiting.cancel();
    }
    return true;
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }
}
