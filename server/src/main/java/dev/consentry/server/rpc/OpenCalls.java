package dev.consentry.server.rpc;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.metrics.Counters;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls under way. Refuses those that would be too many, and ends those whose one request does
 * not come in time, however busily it trickles. A stream may be silent for as long as its
 * connection lasts.
 */
/*
 * Every check passes here, and nearly every request comes with its call, before the same thread begins another. So a
 * call costs one uncontended atomic operation and no clock: its age is counted in sweeps. What a thread began last
 * stands in a place of its own; only if it still waits when the next begins does it go to the set of those that wait.
 */
public final class OpenCalls implements ServerInterceptor, AutoCloseable {
  public static final int CALLS_MAX = 50_000;
  public static final Duration REQUEST_TIME_MAX = Duration.ofSeconds(10);
  static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** A call is ended at most so much later than it might be: one part of the time it has. */
  static final int SWEEPS_PER_REQUEST_TIME = 10;

  /** How many calls a thread begins until those of all threads are summed up. */
  private static final int STEP_MAX = 256;

  /** So often, at least, it is summed up until the bound is reached. */
  private static final int STEPS_PER_BOUND = 16;

  private static final Logger logger = LoggerFactory.getLogger(OpenCalls.class);
  private static final ServerCall.Listener<Object> NOBODY = new ServerCall.Listener<>() {};
  private static final VarHandle STATE = field(OpenCall.class, "state", int.class);
  private static final VarHandle LANE_BEGUN = field(Lane.class, "begun", long.class);
  private static final VarHandle LANE_ENDED = field(Lane.class, "ended", long.class);
  private static final VarHandle LANE_NEWEST = field(Lane.class, "newest", OpenCall.class);

  private final int callsMax;
  private final int stepMask;
  private final Faults faults;
  private final Status overdue;

  /** Of the transport's threads, which live as long as the server. */
  private final Queue<Lane> lanes = new ConcurrentLinkedQueue<>();

  private final ThreadLocal<Lane> lane = ThreadLocal.withInitial(this::newLane);
  private final Set<OpenCall<?>> waiting = ConcurrentHashMap.newKeySet();
  private final LongAdder refused = new LongAdder();
  private final LongAdder withoutRequest = new LongAdder();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("open-calls").daemon().factory());

  /** Counts up, in {@link #sweep} alone. */
  private volatile int sweeps;

  private volatile boolean full;

  private static VarHandle field(Class<?> owner, String name, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(owner, name, type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("it is a field of this class", e);
    }
  }

  OpenCalls(int callsMax, Duration requestTime, Counters counters) {
    this.callsMax = callsMax;
    this.stepMask = Integer.highestOneBit(Math.clamp(callsMax / STEPS_PER_BOUND, 1, STEP_MAX)) - 1;
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
    Lane here = lane.get();
    long begunHere = here.begin();
    if ((full || (begunHere & stepMask) == 0) && isFull()) {
      refuse(call);
      return new OpenCall<>(call, OpenCall.GIVEN_UP, sweeps);
    }
    boolean oneRequest = call.getMethodDescriptor().getType().clientSendsOneMessage();
    var begun = new OpenCall<>(call, oneRequest ? OpenCall.WAITS : OpenCall.GOES_ON, sweeps);
    if (oneRequest) {
      OpenCall<?> before = here.newest;
      LANE_NEWEST.setOpaque(here, begun);
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

  /** Hears nothing. */
  @SuppressWarnings("unchecked") // It takes no message of any type.
  private static <Q> ServerCall.Listener<Q> nobody() {
    return (ServerCall.Listener<Q>) NOBODY;
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
    for (Lane each : lanes) {
      OpenCall<?> call = (OpenCall<?>) LANE_NEWEST.getOpaque(each);
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
        // It ended by itself, just now; or it cannot be ended: the others still have to be looked
        // at.
      } catch (RuntimeException e) {
        logger.atDebug().setCause(e).log("a call without its request could not be ended");
      }
    }
  }

  /** About: threads begin and end calls meanwhile. */
  public int open() {
    long open = 0;
    for (Lane each : lanes) {
      open += each.difference();
    }
    return (int) Math.max(0, open);
  }

  private Lane newLane() {
    var made = new Lane();
    lanes.add(made);
    return made;
  }

  /** How many were refused because there were too many. */
  public long refused() {
    return refused.sum();
  }

  /** How many were ended since their request did not come. */
  public long withoutRequest() {
    return withoutRequest.sum();
  }

  /** Sweeps no more. */
  @Override
  public void close() {
    timer.shutdownNow();
  }

  /**
   * What one thread has begun and ended: no other writes there, so that it needs no atomic
   * operation. A call may end on another thread than it began on; only the sum over all threads
   * says how many are open.
   */
  private static final class Lane {
    private long begun;
    private long ended;

    /** Began last. */
    private @Nullable OpenCall<?> newest;

    long begin() {
      long now = begun + 1;
      LANE_BEGUN.setOpaque(this, now);
      return now;
    }

    void end() {
      LANE_ENDED.setOpaque(this, ended + 1);
    }

    /** Asked by any thread; less than nothing where calls end that began elsewhere. */
    long difference() {
      // What has ended has begun: read in this order, it is never too few.
      long endedNow = (long) LANE_ENDED.getOpaque(this);
      return (long) LANE_BEGUN.getOpaque(this) - endedNow;
    }
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
    private final int since;

    /** Changed through {@link #STATE}. */
    private volatile int state;

    private ServerCall.Listener<Q> next = nobody();

    /** Whether it is among those that wait. Where this comes too late, a sweep takes it out. */
    private boolean listed;

    OpenCall(ServerCall<Q, ?> call, int state, int since) {
      this.call = call;
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
      lane.get().end();
    }
  }
}
