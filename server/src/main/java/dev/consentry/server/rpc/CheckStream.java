package dev.consentry.server.rpc;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.rpc.DecisionLog.Call;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One stream of questions.
 *
 * <p>The transport is asked for as many questions as may be open, and for more as answers are
 * handed to it. It takes answers while it is ready for them; until then they count as open, so that
 * a caller who does not read is not read from either.
 */
final class CheckStream implements StreamObserver<byte[]> {
  static final int OPEN_ITEMS_MAX = 1_000;

  /** Asking the transport for more costs as much for one question as for these. */
  private static final int ITEMS_REQUESTED_AT_ONCE = 50;

  private final ServerCallStreamObserver<byte[]> out;
  private final Pass pass;
  private final Executor virtualThreads;
  private final DecisionPoint table;
  private final MemoryAnswers memory;
  private final Faults faults;
  private final Counters counters;
  private final DecisionLog log;
  private final Consumer<CheckStream> onEnd;

  private final Queue<byte[]> ready = new ConcurrentLinkedQueue<>();
  private final AtomicInteger open = new AtomicInteger();
  private final FieldCursor fields = new FieldCursor();
  private final QuestionBytes asked = new QuestionBytes();
  private volatile boolean halfClosed;

  /**
   * Why nothing more can be answered: what came is no item, so that nobody can be told which; or
   * the caller's credential is no good any more.
   */
  private volatile @Nullable Throwable broken;

  private volatile boolean draining;
  private volatile boolean ended;

  /** Since the transport was last asked for more. Belongs to whoever sends. */
  private int answered;

  /** How often {@link #send} was asked for since it last found nothing to do. */
  private final AtomicInteger wanted = new AtomicInteger();

  CheckStream(
      ServerCallStreamObserver<byte[]> out,
      Pass pass,
      Executor virtualThreads,
      DecisionPoint table,
      MemoryAnswers memory,
      Faults faults,
      Counters counters,
      DecisionLog log,
      Consumer<CheckStream> onEnd) {
    this.out = out;
    this.pass = pass;
    this.virtualThreads = virtualThreads;
    this.table = table;
    this.memory = memory;
    this.faults = faults;
    this.counters = counters;
    this.log = log;
    this.onEnd = onEnd;
  }

  /** Asks for the first questions. */
  void start() {
    out.disableAutoRequest();
    out.setOnReadyHandler(this::send);
    out.setOnCancelHandler(this::end);
    out.request(OPEN_ITEMS_MAX);
  }

  @Override
  public void onNext(byte[] item) {
    open.incrementAndGet();
    try {
      Caller caller = pass.known();
      if (caller == null) {
        virtualThreads.execute(Context.current().wrap(() -> identifyFor(item)));
        return;
      }
      byte[] answer = memory.item(caller, item, fields, asked);
      if (answer != null) {
        replyNow(answer);
      } else {
        onMessage(caller, item, ByteMessages.parse(StreamCheckRequest.parser(), item));
      }
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      endWith(item, e);
    }
  }

  /** An answer may overtake those that were asked for earlier: the next items do not wait. */
  private void identifyFor(byte[] item) {
    try {
      onMessage(pass.identify(), item, ByteMessages.parse(StreamCheckRequest.parser(), item));
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      endWith(item, e);
    }
  }

  private void endWith(byte[] item, Throwable why) {
    log.refused(Call.STREAM_CHECK, pass.caller(), item, why);
    broken = why;
    send();
  }

  private void onMessage(Caller caller, byte[] bytes, StreamCheckRequest item) {
    String id = Checks.echo(item.getCorrelationId());
    try {
      CheckQuestion question = Checks.question(caller, item);
      Consistency consistency = Checks.consistency(item);
      Answer answer = table.answerNow(question, consistency);
      if (answer == null) {
        load(caller, bytes, id, question, consistency);
      } else {
        answer(caller, bytes, id, answer);
      }
      // Whatever goes wrong with an item, the caller is told that it did.
    } catch (Throwable e) {
      refuse(caller, bytes, id, e);
    }
  }

  private void load(
      Caller caller, byte[] item, String id, CheckQuestion question, Consistency consistency) {
    counters.missed();
    CompletableFuture<Answer> loading = DecisionRpc.inTime(table.answer(question, consistency));
    var _ =
        loading.whenComplete((answer, failure) -> {
          if (failure == null) {
            counters.loaded(1);
            answer(caller, item, id, answer);
          } else {
            refuse(caller, item, id, failure);
          }
        });
  }

  private void answer(Caller caller, byte[] item, String id, Answer answer) {
    counters.decided(answer.decision());
    byte[] reply =
        StreamCheckResponse.newBuilder()
            .setCorrelationId(id)
            .setResponse(Checks.response(answer))
            .build()
            .toByteArray();
    log.answered(Call.STREAM_CHECK, caller, item, reply, 1, answer.isAllow());
    reply(reply);
  }

  private void refuse(Caller caller, byte[] item, String id, Throwable thrown) {
    log.refused(Call.STREAM_CHECK, caller, item, thrown);
    reply(
        StreamCheckResponse.newBuilder()
            .setCorrelationId(id)
            .setError(faults.checkError(thrown))
            .build()
            .toByteArray());
  }

  /** Past the queue, where nothing else is open and nobody else is sending. */
  private void replyNow(byte[] item) {
    if (open.get() > 1 || !out.isReady() || !wanted.compareAndSet(0, 1)) {
      reply(item);
      return;
    }
    if (!ended) {
      handOver(item);
    }
    if (draining) {
      sendReady();
    }
    sendMore(1);
  }

  private void reply(byte[] item) {
    ready.add(item);
    send();
  }

  @Override
  public void onCompleted() {
    halfClosed = true;
    send();
  }

  /** The call was cancelled. */
  @Override
  public void onError(Throwable cancelled) {
    end();
  }

  /** Reads no further, and ends when what is open is answered. */
  void drain() {
    draining = true;
    send();
  }

  /**
   * Hands to the transport what is ready. Answers come from several threads: one at a time sends
   * for all, and whoever finds it at work makes it look again.
   */
  private void send() {
    if (wanted.getAndIncrement() == 0) {
      sendReady();
      sendMore(1);
    }
  }

  /** Looks again, if it was wanted more often than it was done. */
  private void sendMore(int done) {
    int left = wanted.addAndGet(-done);
    while (left > 0) {
      sendReady();
      left = wanted.addAndGet(-left);
    }
  }

  private void sendReady() {
    while (!ended && out.isReady()) {
      byte[] item = ready.poll();
      if (item == null) {
        break;
      }
      handOver(item);
    }
    Throwable why = broken;
    if (!ended && why != null) {
      end();
      out.onError(faults.status(why));
    }
    if (ended || open.get() > 0) {
      return;
    }
    if (halfClosed) {
      end();
      out.onCompleted();
    } else if (draining) {
      end();
      out.onError(faults.status(new RefusedException(new Refusal.ShuttingDown())));
    }
  }

  private void handOver(byte[] item) {
    out.onNext(item);
    open.decrementAndGet();
    answered++;
    if (answered == ITEMS_REQUESTED_AT_ONCE && !draining) {
      answered = 0;
      out.request(ITEMS_REQUESTED_AT_ONCE);
    }
  }

  private void end() {
    ended = true;
    ready.clear();
    onEnd.accept(this);
  }
}
