package dev.consentry.server.rpc;

import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.rpc.DecisionLog.Call;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Rights;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.Truth;
import dev.consentry.server.table.View;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions of the usual form from memory, bytes in and bytes out. Says null where that
 * takes more: another form, something malformed, or the store.
 */
final class MemoryAnswers {
  /*
   * The hot path is this class, QuestionBytes and the table: all on the thread that read the request, which is the
   * transport's own. So nothing here may block, lock or log.
   */

  /** The clock does not matter to a grant that has no end. */
  private static final long ANY_TIME = 0;

  private final DecisionPoint table;
  private final Counters counters;
  private final DecisionLog log;
  private volatile @Nullable Told last;

  MemoryAnswers(DecisionPoint table, Counters counters, DecisionLog log) {
    this.table = table;
    this.counters = counters;
    this.log = log;
  }

  /** A {@code CheckRequest} to a {@code CheckResponse}. */
  byte @Nullable [] check(Caller caller, byte[] request) {
    var question = new QuestionBytes();
    if (!question.read(request, 0, request.length) || !mayAsk(caller, question)) {
      return null;
    }
    Truth truth = decide(question);
    if (truth == null) {
      return null;
    }
    byte[] revision = bytes(truth.at());
    byte[] reply = new byte[question.replyLength(revision)];
    question.writeReply(reply, 0, revision);
    log.answered(Call.CHECK, caller, request, reply, 1, question.denied() == null);
    return reply;
  }

  /**
   * A {@code StreamCheckRequest} to a {@code StreamCheckResponse}.
   *
   * @param question to be filled again
   */
  byte @Nullable [] item(
      Caller caller, byte[] request, FieldCursor fields, QuestionBytes question) {
    fields.start(request, 0, request.length);
    if (!fields.take(StreamCheckRequest.CORRELATION_ID_FIELD_NUMBER)) {
      return null;
    }
    int idFrom = fields.from();
    int idTo = fields.to();
    if (!Checks.isCorrelationId(request, idFrom, idTo)
        || !fields.take(StreamCheckRequest.CHECK_FIELD_NUMBER)
        || !fields.atEnd()
        || !question.read(request, fields.from(), fields.to())
        || !mayAsk(caller, question)) {
      return null;
    }
    Truth truth = decide(question);
    if (truth == null) {
      return null;
    }
    byte[] revision = bytes(truth.at());
    int length = question.replyLength(revision);
    byte[] reply = new byte[FieldCursor.size(idTo - idFrom) + FieldCursor.size(length)];
    int at =
        FieldCursor.write(
            reply, 0, StreamCheckResponse.CORRELATION_ID_FIELD_NUMBER, request, idFrom, idTo);
    at = FieldCursor.writeHead(reply, at, StreamCheckResponse.RESPONSE_FIELD_NUMBER, length);
    question.writeReply(reply, at, revision);
    log.answered(Call.STREAM_CHECK, caller, request, reply, 1, question.denied() == null);
    return reply;
  }

  /** Who may not ask is refused where the same is asked by messages. */
  private static boolean mayAsk(Caller caller, QuestionBytes question) {
    Rights rights = caller.rights();
    return rights.mayDecideEverything()
        || rights.mayDecide(question.key().account(), question.key().app());
  }

  private @Nullable Truth decide(QuestionBytes question) {
    Truth truth = table.known(question.key());
    if (truth == null || !question.decide(truth.standing(), timeFor(truth.standing()))) {
      return null;
    }
    counters.decided(question.denied());
    return truth;
  }

  private long timeFor(Standing standing) {
    return standing.expireMicros() == Terms.NEVER ? ANY_TIME : table.decisionMicros();
  }

  /** A {@code BatchCheckRequest} to a {@code BatchCheckResponse}. */
  byte @Nullable [] batch(Caller caller, byte[] request) {
    View view = table.view();
    byte[] revision = bytes(view.at());
    // One instant for all of them; any within the call will do.
    long nowMicros = table.decisionMicros();
    var fields = new FieldCursor();
    var question = new QuestionBytes();
    var reply = new byte[request.length];
    int at = 0;
    int scopes = 0;
    boolean allowed = true;
    var denied = new ArrayList<@Nullable DenyReason>();
    fields.start(request, 0, request.length);
    do {
      if (denied.size() == Batch.ITEMS_MAX
          || !fields.take(BatchCheckRequest.ITEMS_FIELD_NUMBER)
          || !question.read(request, fields.from(), fields.to())
          || !mayAsk(caller, question)) {
        return null;
      }
      scopes += question.scopeCount();
      Standing standing = view.find(question.key());
      if (scopes > Batch.SCOPES_MAX || standing == null || !question.decide(standing, nowMicros)) {
        return null;
      }
      int length = question.replyLength(revision);
      int resultLength = FieldCursor.size(length);
      reply = withRoom(reply, at + FieldCursor.size(resultLength));
      at = FieldCursor.writeHead(reply, at, BatchCheckResponse.RESULTS_FIELD_NUMBER, resultLength);
      at = FieldCursor.writeHead(reply, at, BatchCheckResult.RESPONSE_FIELD_NUMBER, length);
      at = question.writeReply(reply, at, revision);
      denied.add(question.denied());
      allowed &= question.denied() == null;
    } while (!fields.atEnd());
    if (!view.isFresh()) {
      return null;
    }
    denied.forEach(counters::decided);
    byte[] whole = Arrays.copyOf(reply, at);
    log.answered(Call.BATCH_CHECK, caller, request, whole, denied.size(), allowed);
    return whole;
  }

  private static byte[] withRoom(byte[] reply, int length) {
    return length <= reply.length ? reply : Arrays.copyOf(reply, 2 * length);
  }

  /** A revision's token. Nearly all questions in a row are answered at the same revision. */
  private byte[] bytes(Revision revision) {
    Told told = last;
    if (told == null || !told.revision.equals(revision)) {
      told = new Told(revision);
      last = told;
    }
    return told.token;
  }

  /** The revision that was told last. */
  private static final class Told {
    final Revision revision;
    final byte[] token;

    Told(Revision revision) {
      this.revision = revision;
      this.token = revision.token().getBytes(StandardCharsets.US_ASCII);
    }
  }
}
