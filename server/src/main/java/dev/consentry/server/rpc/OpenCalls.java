package dev.consentry.server.rpc;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The calls under way. Refuses those that would be too many, and ends those whose one request does
 * not come in time, however busily it trickles. A stream may be silent for as long as its
 * connection lasts.
 */
/*
 * Every check passes here, and nearly every request comes with its call, before the same thread begins another. So a
 * call costs a few uncontended atomic operations and no clock: its age is counted in sweeps. What a thread began last
 * stands in a place of its own; only if it still waits when the next begins does it go to the set of those that wait.
 */
public final class OpenCalls implements ServerInterceptor, AutoCloseable {
  public static final int CALLS_MAX = 50_000;
  public static final Duration REQUEST_TIME_MAX = Duration.ofSeconds(10);
  static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** A call is ended at most so much later than it might be: one part of the time it has. */
  static final int SWEEPS_PER_REQUEST_TIME = 10;

  /** How many calls a stripe grows by until all stripes are summed up. */
  private static final int STEP_MAX = 256;

  /** Threads seldom share one: there are more than event loops. */
  private static final int STRIPES =
      Integer.highestOneBit(2 * Runtime.getRuntime().availableProcessors()) * 2;

  /** Apart by a cache line, be it of references or of integers. */
  private static final int SPREAD = 16;

  private static final VarHandle STATE = stateOfCall();

  private final int callsMax;
  private final int stepMask;
  private final Faults faults;
  private final Status overdue;
  private final AtomicIntegerArray open = new AtomicIntegerArray(STRIPES * SPREAD);
  private final AtomicReferenceArray<@Nullable OpenCall<?>> newest =
      new AtomicReferenceArray<>(STRIPES * SPREAD);
  private final Set<OpenCall<?>> waiting = ConcurrentHashMap.newKeySet();
  private final LongAdder refused = new LongAdder();
  private final LongAdder withoutRequest = new LongAdder();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("open-calls").daemon().factory());

  /** Counts up, in {@link #sweep} alone. */
  private volatile int sweeps;

  private volatile boolean full;

  private static VarHandle stateOfCall() {
    try {
      return MethodHandles.lookup().findVarHandle(OpenCall.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("it is a field of this class", e);
    }
  }

  OpenCalls(int callsMax, Duration requestTime, Counters counters) {
    this.callsMax = callsMax;
    this.stepMask = Integer.highestOneBit(Math.clamp(callsMax / (2 * STRIPES), 1, STEP_MAX)) - 1;
    this.faults = new Faults(counters);
    this.overdue =
        Status.DEADLINE_EXCEEDED.withDescription(
            "the request did not come within " + requestTime.toMillis() + " ms");
  }

  /** Begins to sweep. */
  public static OpenCalls start(Counters counters) {
    return start(CALLS_MAX, REQUEST_TIME_MAX, counters);
  }

  /**
   * Begins to sweep.
   *
   * @param callsMax about; threads that begin calls at the same time may exceed it by hundreds
   * @param requestTime what a unary call has until its request is there, to the last byte
   */
  public static OpenCalls start(int callsMax, Duration requestTime, Counters counters) {
    var calls = new OpenCalls(callsMax, requestTime, counters);
    long pause = requestTime.dividedBy(SWEEPS_PER_REQUEST_TIME).toNanos();
    var _ = calls.timer.scheduleAtFixedRate(calls::sweep, pause, pause, TimeUnit.NANOSECONDS);
    return calls;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    int stripe = ((int) Thread.currentThread().threadId() & STRIPES - 1) * SPREAD;
    int here = open.incrementAndGet(stripe);
    if ((full || (here & stepMask) == 0) && isFull()) {
      refuse(call);
      return new OpenCall<>(call, stripe, OpenCall.GIVEN_UP, sweeps);
    }
    boolean oneRequest = call.getMethodDescriptor().getType().clientSendsOneMessage();
    var begun =
        new OpenCall<>(call, stripe, oneRequest ? OpenCall.WAITS : OpenCall.GOES_ON, sweeps);
    if (oneRequest) {
      OpenCall<?> before = newest.getAndSet(stripe, begun);
      if (before != null && before.waits()) {
        waiting.add(before);
        before.listed = true;
      }
    }
    try {
      begun.next = next.startCall(call, headers);
    } catch (Throwable e) {
      begun.end();
      throw e;
    }
    return begun;
  }

  private boolean isFull() {
    // The one that asks is counted already.
    full = open() > callsMax;
    return full;
  }

  private void refuse(ServerCall<?, ?> call) {
    refused.increment();
    StatusRuntimeException told =
        faults.status(new RefusedException(new Refusal.Overloaded(RETRY_AFTER)));
    Metadata trailers = told.getTrailers();
    call.close(told.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  /** Ends those that have waited for too long. */
  synchronized void sweep() {
    sweeps++;
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      OpenCall<?> call = newest.get(stripe * SPREAD);
      if (call != null) {
        endIfOverdue(call);
      }
    }
    waiting.forEach(this::endIfOverdue);
    waiting.removeIf(call -> !call.waits());
  }

  private void endIfOverdue(OpenCall<?> call) {
    if (sweeps - call.since > SWEEPS_PER_REQUEST_TIME && call.giveUp()) {
      withoutRequest.increment();
      try {
        call.call.close(overdue, new Metadata());
      } catch (IllegalStateException e) {
        // It ended by itself, just now.
      }
    }
  }

  int open() {
    int sum = 0;
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      sum += open.get(stripe * SPREAD);
    }
    return sum;
  }

  /** {@code calls.open}, {@code calls.refused} and {@code calls.without_request}. */
  public Map<String, Long> counts() {
    return Map.of(
        "calls.open", (long) open(),
        "calls.refused", refused.sum(),
        "calls.without_request", withoutRequest.sum());
  }

  /** Sweeps no more. */
  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** One call. */
  private final class OpenCall<Q> extends ServerCall.Listener<Q> {
    /** Its one request is not all there. */
    static final int WAITS = 0;

    /** It has its request, or sends as many as it likes, or has ended. */
    static final int GOES_ON = 1;

    /** It was ended for want of its request. Whatever comes now, nobody hears of. */
    static final int GIVEN_UP = 2;

    private final ServerCall<Q, ?> call;
    private final int stripe;
    private final int since;

    /** Changed through {@link #STATE}. */
    private volatile int state;

    private ServerCall.Listener<Q> next = new ServerCall.Listener<>() {};

    /** Whether it is among those that wait. Where this comes too late, a sweep takes it out. */
    private boolean listed;

    OpenCall(ServerCall<Q, ?> call, int stripe, int state, int since) {
      this.call = call;
      this.stripe = stripe;
      this.state = state;
      this.since = since;
    }

    boolean waits() {
      return state == WAITS;
    }

    boolean giveUp() {
      return STATE.compareAndSet(this, WAITS, GIVEN_UP);
    }

    @Override
    public void onMessage(Q message) {
      if (state != GIVEN_UP) {
        next.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (goOn()) {
        next.onHalfClose();
      }
    }

    private boolean goOn() {
      boolean goesOn = state == GOES_ON || STATE.compareAndSet(this, WAITS, GOES_ON);
      if (listed) {
        waiting.remove(this);
      }
      return goesOn;
    }

    @Override
    public void onCancel() {
      end();
      next.onCancel();
    }

    @Override
    public void onComplete() {
      end();
      next.onComplete();
    }

    @Override
    public void onReady() {
      next.onReady();
    }

    private void end() {
      var _ = goOn();
      open.decrementAndGet(stripe);
    }
  }
}
