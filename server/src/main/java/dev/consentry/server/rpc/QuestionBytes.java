package dev.consentry.server.rpc;

import dev.consentry.server.decision.AskedScopes;
import dev.consentry.server.decision.AskedScopes.Outcome;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.table.AskedKey;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import org.jspecify.annotations.Nullable;

/**
 * A question of the usual form, and its reply, in the bytes that travel. {@link Checks} does the
 * same by messages, for every form, and says what is wrong with a bad one: where this says no, that
 * is asked. Both write the same bytes.
 *
 * <p>The usual form is what serializers make of an account, an app and a few scopes, and nothing
 * else. To be filled again for every question; for one thread at a time.
 */
/*
 * What keeps it right:
 *
 *   - the form is exact: each field once, in the order of their numbers. Anything else is left to protobuf;
 *   - what is found is not checked: an id or a scope that equals one in the table is as well formed as that;
 *   - the reply has its fields in the order of their numbers, as protobuf writes them.
 */
final class QuestionBytes {
  private static final int ACCOUNT_ID = CheckRequest.ACCOUNT_ID_FIELD_NUMBER;
  private static final int APP_ID = CheckRequest.APP_ID_FIELD_NUMBER;
  private static final int SCOPES = CheckRequest.SCOPES_FIELD_NUMBER;

  private static final byte DECISION = CheckResponse.DECISION_FIELD_NUMBER << 3;
  private static final byte DENY_REASON = CheckResponse.DENY_REASON_FIELD_NUMBER << 3;
  private static final byte ALLOW = dev.consentry.v1.Decision.DECISION_ALLOW_VALUE;
  private static final byte DENY = dev.consentry.v1.Decision.DECISION_DENY_VALUE;
  private static final byte[] NOTHING = {};

  static {
    if (BatchCheckItem.ACCOUNT_ID_FIELD_NUMBER != ACCOUNT_ID
        || BatchCheckItem.APP_ID_FIELD_NUMBER != APP_ID
        || BatchCheckItem.SCOPES_FIELD_NUMBER != SCOPES) {
      throw new AssertionError("an item of a batch has the fields of a check");
    }
  }

  private final FieldCursor fields = new FieldCursor();
  private final AskedKey key = new AskedKey();
  private final AskedScopes scopes = new AskedScopes();
  private byte[] message = NOTHING;

  private Outcome outcome = Outcome.ALLOWED;

  /** A {@code google.protobuf.Timestamp}, or nothing. */
  private byte[] expireTime = NOTHING;

  /**
   * Takes the {@code CheckRequest}, or the {@code BatchCheckItem}, that stands from here to there.
   *
   * @return false if it has not the usual form
   */
  boolean read(byte[] newMessage, int from, int to) {
    message = newMessage;
    fields.start(message, from, to);
    if (!fields.take(ACCOUNT_ID)) {
      return false;
    }
    int accountFrom = fields.from();
    int accountTo = fields.to();
    if (!fields.take(APP_ID)) {
      return false;
    }
    key.set(message, accountFrom, accountTo, fields.from(), fields.to());
    scopes.clear();
    do {
      if (!fields.take(SCOPES) || !scopes.add(fields.from(), fields.to())) {
        return false;
      }
    } while (!fields.atEnd());
    return true;
  }

  AskedKey key() {
    return key;
  }

  int scopeCount() {
    return scopes.count();
  }

  /**
   * Decides.
   *
   * @return false if a scope is malformed
   */
  boolean decide(Standing standing, long nowMicros) {
    Outcome decided = scopes.decide(message, standing, nowMicros);
    if (decided == null) {
      return false;
    }
    outcome = decided;
    expireTime =
        decided.reason() != null || standing.expireMicros() == Terms.NEVER
            ? NOTHING
            : Checks.timestamp(standing.expireMicros()).toByteArray();
    return true;
  }

  /** Why not; null is ALLOW. */
  @Nullable DenyReason denied() {
    return outcome.reason();
  }

  /** How long the {@code CheckResponse} is. */
  int replyLength(byte[] revision) {
    int length = 2;
    if (outcome.reason() != null) {
      length += 2;
      for (int i = 0; i < scopes.count(); i++) {
        length += outcome.isMissing(i) ? FieldCursor.size(scopes.to(i) - scopes.from(i)) : 0;
      }
    } else if (expireTime.length > 0) {
      length += FieldCursor.size(expireTime.length);
    }
    return length + FieldCursor.size(revision.length);
  }

  /**
   * Writes the {@code CheckResponse}.
   *
   * @return where the next thing may be written
   */
  int writeReply(byte[] out, int start, byte[] revision) {
    int at = start;
    out[at++] = DECISION;
    DenyReason reason = outcome.reason();
    if (reason != null) {
      out[at++] = DENY;
      out[at++] = DENY_REASON;
      out[at++] = (byte) Checks.reason(reason).getNumber();
      for (int i = 0; i < scopes.count(); i++) {
        if (outcome.isMissing(i)) {
          at =
              FieldCursor.write(
                  out,
                  at,
                  CheckResponse.MISSING_SCOPES_FIELD_NUMBER,
                  message,
                  scopes.from(i),
                  scopes.to(i));
        }
      }
    } else {
      out[at++] = ALLOW;
      if (expireTime.length > 0) {
        at = write(out, at, CheckResponse.GRANT_EXPIRE_TIME_FIELD_NUMBER, expireTime);
      }
    }
    return write(out, at, CheckResponse.REVISION_FIELD_NUMBER, revision);
  }

  private static int write(byte[] out, int at, int number, byte[] content) {
    return FieldCursor.write(out, at, number, content, 0, content.length);
  }
}
