package dev.consentry.server.door;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.Inquiry;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.gateway.Reason;
import dev.consentry.server.gateway.Subject;
import dev.consentry.server.gateway.SubjectSource;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.DoorCounters;
import dev.consentry.server.security.AppTokens;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers what gateways bring. No door decides anything: each makes one question of a request, and
 * says what the table says to it.
 */
public final class Doors {
  /** Stands for a door that is not there: what names it is not to be counted or logged. */
  public static final String NO_DOOR = DoorCounters.UNKNOWN_DOOR;

  private final Supplier<Gateway> gateway;
  private final Map<String, AppTokens<Subject>> tokens;
  private final DecisionPoint memory;
  private final Function<Caller, DecisionPoint> table;
  private final InstantSource clock;
  private final Counters counters;
  private final DoorCounters doorCounters;
  private final DoorLog log;
  private volatile @Nullable Told last;

  /**
   * Opens them.
   *
   * @param gateway as it is now
   * @param tokens for each door that verifies tokens, by its name
   * @param memory with nothing before it: it is on the hot path
   * @param table the same for a caller; may refuse to ask the store
   * @param clock by which what a gateway has verified ends
   */
  public Doors(
      Supplier<Gateway> gateway,
      Map<String, AppTokens<Subject>> tokens,
      DecisionPoint memory,
      Function<Caller, DecisionPoint> table,
      InstantSource clock,
      Counters counters,
      DoorCounters doorCounters,
      DoorLog log) {
    this.gateway = gateway;
    this.tokens = Map.copyOf(tokens);
    this.memory = memory;
    this.table = table;
    this.clock = clock;
    this.counters = counters;
    this.doorCounters = doorCounters;
    this.log = log;
  }

  /** The text of a revision. Nearly all answers in a row are of the same. */
  private record Told(Revision revision, String token) {}

  /**
   * From memory. Never blocks.
   *
   * @return null if it takes {@link #answer}
   * @throws RefusedException if there is no deciding now
   */
  public @Nullable DoorAnswer answerNow(DoorCall call) {
    Step step = step(call, false);
    if (step.answer != null) {
      return step.answer;
    }
    if (step.question == null) {
      return null;
    }
    Answer answer = memory.answerNow(step.question, Consistency.MINIMIZE_LATENCY);
    return answer == null ? null : told(call, step, answer);
  }

  /**
   * From memory or from the store. Blocks while a token is verified: call it on a virtual thread.
   * The future fails with {@link RefusedException} if there is no deciding now.
   */
  public CompletableFuture<DoorAnswer> answer(DoorCall call) {
    Step step = step(call, true);
    if (step.answer != null) {
      return CompletableFuture.completedFuture(step.answer);
    }
    if (step.question == null) {
      throw new IllegalStateException("who waits for the token has a question");
    }
    // What took so long may have been the token alone.
    Answer known = memory.answerNow(step.question, Consistency.MINIMIZE_LATENCY);
    if (known != null) {
      return CompletableFuture.completedFuture(told(call, step, known));
    }
    counters.missed();
    return table
        .apply(call.caller())
        .answer(step.question, Consistency.MINIMIZE_LATENCY)
        .thenApply(answer -> {
          counters.loaded(1);
          return told(call, step, answer);
        });
  }

  private DoorAnswer told(DoorCall call, Step step, Answer answer) {
    Inquiry inquiry = step.inquiry;
    if (inquiry == null) {
      throw new IllegalStateException("a question has an inquiry");
    }
    counters.decided(answer.decision());
    return heard(
        call,
        inquiry.door().name(),
        step.question,
        inquiry.answer(answer.decision(), token(answer)));
  }

  private DoorAnswer heard(
      DoorCall call, String door, @Nullable CheckQuestion asked, DoorAnswer answer) {
    doorCounters.counted(door, answer.outcome(), answer.reasonText());
    log.answered(call.caller(), door, asked, answer);
    return answer;
  }

  private String token(Answer answer) {
    Told told = last;
    if (told == null || !told.revision.equals(answer.at())) {
      told = new Told(answer.at(), answer.at().token());
      last = told;
    }
    return told.token;
  }

  /**
   * How far a request gets without the table.
   *
   * @param answer what goes back; else null
   * @param question what to ask the table; null too if its token has to be verified first
   */
  private record Step(
      @Nullable DoorAnswer answer, @Nullable Inquiry inquiry, @Nullable CheckQuestion question) {
    static final Step WAIT = new Step(null, null, null);
  }

  private Step step(DoorCall call, boolean mayWait) {
    Gateway now = gateway.get();
    Inquiry inquiry = null;
    Door door;
    try {
      door = now.door(call.door(), call.kind());
    } catch (NotLetThroughException e) {
      return ended(call, NO_DOOR, null, Inquiry.refusedAtNoDoor(e));
    }
    try {
      inquiry = new Inquiry(door, call.request(door), call.said());
      if (!inquiry.needsSubject(now.routes())) {
        return ended(call, door.name(), null, DoorAnswer.Open.INSTANCE);
      }
      Subject subject = subject(call, inquiry, mayWait);
      if (subject == null) {
        return Step.WAIT;
      }
      CheckQuestion question = inquiry.question(subject, call.caller().rights()::mayDecide);
      return new Step(null, inquiry, question);
    } catch (NotLetThroughException e) {
      DoorAnswer answer = inquiry == null ? door.refused(e) : inquiry.refused(e);
      return ended(call, door.name(), inquiry == null ? null : inquiry.asked(), answer);
    }
  }

  private Step ended(DoorCall call, String door, @Nullable CheckQuestion asked, DoorAnswer answer) {
    return new Step(heard(call, door, asked, answer), null, null);
  }

  /** From whom it is; null if that takes waiting, and it may not. */
  private @Nullable Subject subject(DoorCall call, Inquiry inquiry, boolean mayWait)
      throws NotLetThroughException {
    return switch (inquiry.door().subject()) {
      case SubjectSource.Token _ -> ofToken(inquiry, mayWait);
      case SubjectSource.EnvoyJwt source ->
          source.subject(call.verified(source.payload()), clock.millis() / 1_000);
      case SubjectSource.Peer(var template) -> template.subject(call.principal());
      case SubjectSource.Fixed _, SubjectSource.Headers _ -> inquiry.toldSubject();
    };
  }

  private @Nullable Subject ofToken(Inquiry inquiry, boolean mayWait)
      throws NotLetThroughException {
    AppTokens<Subject> verifier = tokens.get(inquiry.door().name());
    if (verifier == null) {
      throw new IllegalStateException("a door without a verifier: " + inquiry.door().name());
    }
    String token = inquiry.token();
    try {
      Subject known = verifier.known(token);
      return known != null || !mayWait ? known : verifier.identify(token);
    } catch (RefusedException e) {
      if (e.refusal() instanceof Refusal.Unauthenticated(var problem)) {
        throw new NotLetThroughException(Reason.INVALID_TOKEN, problem);
      }
      throw e;
    }
  }
}
