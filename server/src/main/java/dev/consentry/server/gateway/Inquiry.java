package dev.consentry.server.gateway;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Scope;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One request at one door, step by step: what it needs, from whom it is, what the grant says. A
 * step that ends it throws {@link NotLetThroughException}, which {@link #refused} makes an answer
 * of.
 */
public final class Inquiry {
  private final Door door;
  private final AppRequest request;
  private final Map<String, String> said;
  private Door.@Nullable Need need;
  private @Nullable Subject subject;
  private @Nullable CheckQuestion question;

  /**
   * Nothing is known yet.
   *
   * @param said by the gateway itself, never by a client
   */
  public Inquiry(Door door, AppRequest request, Map<String, String> said) {
    this.door = door;
    this.request = request;
    this.said = said;
  }

  public Door door() {
    return door;
  }

  /** First: what the request needs. Whether that is anything at all. */
  public boolean needsSubject(RouteTable routes) throws NotLetThroughException {
    need = door.need(request, said, routes);
    return !need.isPublic();
  }

  /** From whom it is, where the gateway says so; null if that takes a token or what Envoy knows. */
  public @Nullable Subject toldSubject() throws NotLetThroughException {
    return switch (door.subject()) {
      case SubjectSource.Fixed _ -> SubjectSource.Fixed.subject(said);
      case SubjectSource.Headers headers -> headers.subject(request);
      case SubjectSource.Token _, SubjectSource.EnvoyJwt _, SubjectSource.Peer _ -> null;
    };
  }

  /** The token that it comes with. */
  public String token() throws NotLetThroughException {
    return SubjectSource.Token.tokenOf(request);
  }

  /**
   * Then: what to ask the table.
   *
   * @param from from whom it is
   * @param mayDecide whether the gateway, as a caller, may ask about an account and an app
   */
  public CheckQuestion question(Subject from, BiPredicate<String, String> mayDecide)
      throws NotLetThroughException {
    subject = from;
    String account = from.account().value();
    if (!mayDecide.test(account, from.app().value())) {
      throw new NotLetThroughException(
          Reason.NOT_ALLOWED, "the gateway may not ask about this account and app");
    }
    Door.Need needed = needed();
    if (needed.account() != null && !needed.account().equals(account)) {
      throw new NotLetThroughException(
          Reason.ACCOUNT_MISMATCH, "the path is of another account than the app comes for");
    }
    question = new CheckQuestion(new GrantKey(from.account(), from.app()), needed.scopes());
    return question;
  }

  /** What was asked; null if it did not come to that. */
  public @Nullable CheckQuestion asked() {
    return question;
  }

  /**
   * At last: what goes back.
   *
   * @param revision at which the decision is true
   */
  public DoorAnswer answer(Decision decision, String revision) {
    Subject from = subject;
    if (from == null) {
      throw new IllegalStateException("nobody has asked");
    }
    List<Scope> needed = needed().scopes();
    String scopes = DoorAnswer.text(needed);
    return switch (decision) {
      case Decision.Allow _ ->
          covers(from.tokenScopes(), needed)
              ? new DoorAnswer.Allowed(from, scopes, revision)
              : refused(
                  Reason.TOKEN_SCOPE_MISSING,
                  "the token was not made for all of these scopes",
                  scopes,
                  revision);
      case Decision.Deny deny ->
          refused(Reason.of(deny.reason()), detail(Reason.of(deny.reason())), scopes, revision);
    };
  }

  /** The same for a request that did not get that far. */
  public DoorAnswer.Refused refused(NotLetThroughException why) {
    Door.Need needed = need;
    return door.refusals()
        .refused(
            why.reason(),
            why.detail(),
            subject,
            needed == null ? null : DoorAnswer.text(needed.scopes()),
            null);
  }

  /** The same for a request at a door that is not there. */
  public static DoorAnswer.Refused refusedAtNoDoor(NotLetThroughException why) {
    return new Refusals(null, null).refused(why);
  }

  private DoorAnswer.Refused refused(Reason reason, String detail, String scopes, String revision) {
    return door.refusals().refused(reason, detail, subject, scopes, revision);
  }

  private Door.Need needed() {
    Door.Need needed = need;
    if (needed == null || needed.isPublic()) {
      throw new IllegalStateException("it needs nothing");
    }
    return needed;
  }

  private static boolean covers(@Nullable Set<String> tokenScopes, List<Scope> needed) {
    if (tokenScopes == null) {
      return true;
    }
    for (int i = 0; i < needed.size(); i++) {
      if (!tokenScopes.contains(needed.get(i).value())) {
        return false;
      }
    }
    return true;
  }

  private static String detail(Reason reason) {
    return switch (reason) {
      case APP_SUSPENDED -> "the app is suspended";
      case NO_GRANT -> "the account has not authorized the app";
      case GRANT_REVOKED -> "the account has taken back what the app was granted";
      case GRANT_EXPIRED -> "what the app was granted has ended";
      default -> "the account has authorized the app, but not for all of these scopes";
    };
  }
}
