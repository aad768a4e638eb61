package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.AuthZenSettings;
import dev.consentry.server.http.authzen.Asked.Unknown;
import dev.consentry.server.security.Rights;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the words of AuthZEN mean here: a subject is an app, a resource an account, an action one
 * scope.
 *
 * @param subjectType of apps
 * @param resourceType of accounts
 */
record Vocabulary(String subjectType, String resourceType) {
  static Vocabulary of(AuthZenSettings settings) {
    return new Vocabulary(settings.subjectType(), settings.resourceType());
  }

  /**
   * What an evaluation asks.
   *
   * @throws RefusedException {@link Refusal.NotAllowed} if its caller may not ask that, whether or
   *     not there is such a thing
   */
  Asked asked(Rights rights, Evaluation evaluation) {
    Unknown type = unknownType(evaluation);
    boolean may =
        type == null
            ? rights.mayDecide(evaluation.resource().id(), evaluation.subject().id())
            : rights.mayDecideSomething();
    if (!may) {
      throw new RefusedException(new Refusal.NotAllowed());
    }
    if (type != null) {
      return new Asked.Nothing(type);
    }
    AppId app = app(evaluation);
    if (app == null) {
      return new Asked.Nothing(Unknown.SUBJECT_ID_UNKNOWN);
    }
    AccountId account = account(evaluation);
    if (account == null) {
      return new Asked.Nothing(Unknown.RESOURCE_ID_UNKNOWN);
    }
    Scope scope = scope(evaluation);
    return scope == null
        ? new Asked.Nothing(Unknown.ACTION_UNKNOWN)
        : new Asked.Question(new CheckQuestion(new GrantKey(account, app), List.of(scope)));
  }

  /** Which of the types is none of ours; null if both are. */
  @Nullable Unknown unknownType(Evaluation evaluation) {
    if (!evaluation.subject().type().equals(subjectType)) {
      return Unknown.SUBJECT_TYPE_UNKNOWN;
    }
    return evaluation.resource().type().equals(resourceType) ? null : Unknown.RESOURCE_TYPE_UNKNOWN;
  }

  /** Null if it could not be an app's. */
  static @Nullable AppId app(Evaluation evaluation) {
    return valid(AppId::new, evaluation.subject().id());
  }

  /** Null if it could not be an account's. */
  static @Nullable AccountId account(Evaluation evaluation) {
    return valid(AccountId::new, evaluation.resource().id());
  }

  /** Null if it could not be a scope. */
  static @Nullable Scope scope(Evaluation evaluation) {
    return valid(Scope::new, evaluation.action());
  }

  /** The value; null if that is not what its type allows. */
  static <T> @Nullable T valid(Function<String, T> maker, String text) {
    try {
      return maker.apply(text);
    } catch (InvalidValueException e) {
      return null;
    }
  }
}
