package dev.consentry.server.rpc;

import com.google.protobuf.Timestamp;
import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Violation;
import dev.consentry.server.consent.Violations;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.StreamCheckRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Checks, from message to question and from answer to message.
 *
 * <p>Nearly every question is well formed, so it is simply made. Only one that could not be is
 * looked at field by field, to say at once all that is wrong with it.
 */
final class Checks {
  static final int CORRELATION_ID_CHARACTERS_MAX = 64;

  private Checks() {}

  /**
   * What is asked.
   *
   * @throws RefusedException if the caller may not ask that, well formed or not
   * @throws InvalidFieldsException with every bad field of the request, its consistency included
   */
  static CheckQuestion question(Caller caller, CheckRequest request) {
    requireRight(caller, request.getAccountId(), request.getAppId());
    try {
      return question(request.getAccountId(), request.getAppId(), request.getScopesList());
    } catch (InvalidValueException e) {
      throw thrownBy(violations -> examine(violations, request));
    }
  }

  /** As {@link #question(Caller, CheckRequest)}. */
  static CheckQuestion question(Caller caller, BatchCheckItem item) {
    requireRight(caller, item.getAccountId(), item.getAppId());
    try {
      return question(item.getAccountId(), item.getAppId(), item.getScopesList());
    } catch (InvalidValueException e) {
      throw thrownBy(violations ->
          examine(violations, item.getAccountId(), item.getAppId(), item.getScopesList()));
    }
  }

  /**
   * As {@link #question(Caller, CheckRequest)}; the item's correlation id has to be well formed
   * too.
   */
  static CheckQuestion question(Caller caller, StreamCheckRequest item) {
    CheckRequest check = item.getCheck();
    requireRight(caller, check.getAccountId(), check.getAppId());
    try {
      requireCorrelationId(item.getCorrelationId());
      return question(check.getAccountId(), check.getAppId(), check.getScopesList());
    } catch (InvalidValueException e) {
      throw thrownBy(violations -> {
        violations.check("correlation_id", () -> requireCorrelationId(item.getCorrelationId()));
        violations.check("check", () -> thrownIfBad(check));
      });
    }
  }

  private static void requireRight(Caller caller, String account, String app) {
    if (!caller.rights().mayDecide(account, app)) {
      throw new RefusedException(new Refusal.NotAllowed());
    }
  }

  private static CheckQuestion question(String account, String app, List<String> scopes) {
    requireCount(scopes);
    var asked = new Scope[scopes.size()];
    for (int i = 0; i < asked.length; i++) {
      asked[i] = new Scope(scopes.get(i));
    }
    return new CheckQuestion(new GrantKey(new AccountId(account), new AppId(app)), List.of(asked));
  }

  /**
   * How fresh the answer has to be.
   *
   * @throws InvalidFieldsException naming the field
   */
  static Consistency consistency(CheckRequest request) {
    return request.hasConsistency()
        ? consistency(request.getConsistency())
        : Consistency.MINIMIZE_LATENCY;
  }

  /** As {@link #consistency(CheckRequest)}. */
  static Consistency consistency(StreamCheckRequest item) {
    try {
      return consistency(item.getCheck());
    } catch (InvalidFieldsException e) {
      throw thrownBy(violations -> violations.addAll("check.", e.violations()));
    }
  }

  /** As {@link #consistency(CheckRequest)}. */
  static Consistency consistency(dev.consentry.v1.Consistency requested) {
    return switch (requested.getRequirementCase()) {
      case REQUIREMENT_NOT_SET -> Consistency.MINIMIZE_LATENCY;
      case MINIMIZE_LATENCY -> {
        requireTrue("consistency.minimize_latency", requested.getMinimizeLatency());
        yield Consistency.MINIMIZE_LATENCY;
      }
      case FULLY_CONSISTENT -> {
        requireTrue("consistency.fully_consistent", requested.getFullyConsistent());
        yield Consistency.FULLY_CONSISTENT;
      }
      case AT_LEAST_AS_FRESH -> atLeastAsFresh(requested.getAtLeastAsFresh());
    };
  }

  private static Consistency atLeastAsFresh(String token) {
    try {
      return new Consistency.AtLeastAsFresh(Revision.parse(token));
    } catch (InvalidValueException e) {
      throw invalid("consistency.at_least_as_fresh", e.problem());
    }
  }

  private static void requireTrue(String field, boolean value) {
    if (!value) {
      throw invalid(field, "must be true where it is given");
    }
  }

  /** The answer as a message. */
  static CheckResponse response(Answer answer) {
    var response = CheckResponse.newBuilder().setRevision(answer.at().token());
    switch (answer.decision()) {
      case Decision.Allow allow -> {
        response.setDecision(dev.consentry.v1.Decision.DECISION_ALLOW);
        if (allow.expireMicros() != Terms.NEVER) {
          response.setGrantExpireTime(timestamp(allow.expireMicros()));
        }
      }
      case Decision.Deny deny -> {
        response.setDecision(dev.consentry.v1.Decision.DECISION_DENY);
        response.setDenyReason(reason(deny.reason()));
        List<Scope> missing = deny.missing();
        for (int i = 0; i < missing.size(); i++) {
          response.addMissingScopes(missing.get(i).value());
        }
      }
    }
    return response.build();
  }

  static dev.consentry.v1.DenyReason reason(DenyReason reason) {
    return switch (reason) {
      case APP_SUSPENDED -> dev.consentry.v1.DenyReason.DENY_REASON_APP_SUSPENDED;
      case NO_GRANT -> dev.consentry.v1.DenyReason.DENY_REASON_NO_GRANT;
      case GRANT_REVOKED -> dev.consentry.v1.DenyReason.DENY_REASON_GRANT_REVOKED;
      case GRANT_EXPIRED -> dev.consentry.v1.DenyReason.DENY_REASON_GRANT_EXPIRED;
      case SCOPE_NOT_GRANTED -> dev.consentry.v1.DenyReason.DENY_REASON_SCOPE_NOT_GRANTED;
    };
  }

  static Timestamp timestamp(long micros) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(micros, TimeUnit.SECONDS.toMicros(1)))
        .setNanos((int) Math.floorMod(micros, TimeUnit.SECONDS.toMicros(1)) * 1_000)
        .build();
  }

  private static CheckRequest thrownIfBad(CheckRequest request) {
    var violations = new Violations();
    examine(violations, request);
    violations.throwIfAny();
    return request;
  }

  private static void examine(Violations violations, CheckRequest request) {
    examine(violations, request.getAccountId(), request.getAppId(), request.getScopesList());
    try {
      consistency(request);
    } catch (InvalidFieldsException e) {
      violations.addAll("", e.violations());
    }
  }

  private static void examine(
      Violations violations, String account, String app, List<String> scopes) {
    violations.check("account_id", () -> new AccountId(account));
    violations.check("app_id", () -> new AppId(app));
    if (violations.check("scopes", () -> requireCount(scopes)) != null) {
      for (int i = 0; i < scopes.size(); i++) {
        String scope = scopes.get(i);
        violations.check("scopes[%d]".formatted(i), () -> new Scope(scope));
      }
    }
  }

  /** Before any scope is looked at: a message may hold a million. */
  private static List<String> requireCount(List<String> scopes) {
    if (scopes.isEmpty() || scopes.size() > CheckQuestion.SCOPES_PER_CHECK_MAX) {
      throw new InvalidValueException(
          "must name 1 to %d scopes, names %d"
              .formatted(CheckQuestion.SCOPES_PER_CHECK_MAX, scopes.size()));
    }
    return scopes;
  }

  private static String requireCorrelationId(String value) {
    if (value.isEmpty() || value.length() > CORRELATION_ID_CHARACTERS_MAX) {
      throw new InvalidValueException(
          "must have 1 to %d characters, has %d"
              .formatted(CORRELATION_ID_CHARACTERS_MAX, value.length()));
    }
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < 0x21 || value.charAt(i) > 0x7E) {
        throw new InvalidValueException("must be visible ASCII (0x21 to 0x7E)");
      }
    }
    return value;
  }

  /** Whether {@link #requireCorrelationId} takes what stands from here to there in a text. */
  static boolean isCorrelationId(byte[] text, int from, int to) {
    if (from == to || to - from > CORRELATION_ID_CHARACTERS_MAX) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (text[i] < 0x21 || text[i] > 0x7E) {
        return false;
      }
    }
    return true;
  }

  /** What names the answer: the id as it came, or nothing where it is too long to be sent back. */
  static String echo(String correlationId) {
    return correlationId.length() <= CORRELATION_ID_CHARACTERS_MAX ? correlationId : "";
  }

  private static InvalidFieldsException invalid(String field, String description) {
    return new InvalidFieldsException(List.of(new Violation(field, description)));
  }

  private static InvalidFieldsException thrownBy(Consumer<Violations> examination) {
    var violations = new Violations();
    examination.accept(violations);
    violations.throwIfAny();
    throw new IllegalStateException("nothing is wrong with what was refused");
  }
}
