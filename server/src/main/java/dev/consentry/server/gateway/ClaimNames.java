package dev.consentry.server.gateway;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.InvalidValueException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which claims of a verified token (RFC 7519 §4) say who a request is from.
 *
 * @param scopes where the token's own scopes stand
 */
public record ClaimNames(String app, String account, TokenScopes scopes) {
  /** RFC 7800: bound to a key. */
  private static final String CONFIRMATION = "cnf";

  /** The two names of the app in use (RFC 8693 §4.3, OpenID Connect Core §2): no token has two. */
  private static final String AUTHORIZED_PARTY = "azp";

  private static final String CLIENT_ID = "client_id";

  /**
   * The token's own scopes.
   *
   * @param claim a text with spaces in between (RFC 8693 §4.2), or a list of texts
   * @param optional whether a token without that claim is good for everything; one with it never is
   */
  public record TokenScopes(String claim, boolean optional) {
    public static final TokenScopes DEFAULT = new TokenScopes("scope", false);
  }

  /**
   * Reads them.
   *
   * @param claims as JSON has them: texts, numbers, lists, maps
   * @throws NotLetThroughException {@link Reason#INVALID_TOKEN}
   */
  public Subject subject(Map<String, ?> claims) throws NotLetThroughException {
    if (claims.containsKey(CONFIRMATION)) {
      throw invalid("the token is bound to a key (`cnf`), the proof of which is not seen here");
    }
    if (claims.containsKey(AUTHORIZED_PARTY)
        && claims.containsKey(CLIENT_ID)
        && !Objects.equals(claims.get(AUTHORIZED_PARTY), claims.get(CLIENT_ID))) {
      throw invalid("`azp` and `client_id` of the token name two apps");
    }
    return new Subject(
        id(claims, app, AppId::new), id(claims, account, AccountId::new), tokenScopes(claims));
  }

  /* A number is no id: in Envoy's metadata it is a double, and large neighbours become one. */
  private static <T> T id(Map<String, ?> claims, String name, Function<String, T> make)
      throws NotLetThroughException {
    if (!(claims.get(name) instanceof String text)) {
      throw invalid("the token has no `%s` that is a text".formatted(name));
    }
    try {
      return make.apply(text);
    } catch (InvalidValueException e) {
      throw invalid("`%s` of the token is no id: %s".formatted(name, e.problem()));
    }
  }

  private @Nullable Set<String> tokenScopes(Map<String, ?> claims) throws NotLetThroughException {
    if (!claims.containsKey(scopes.claim())) {
      return scopes.optional() ? null : Set.of();
    }
    return switch (claims.get(scopes.claim())) {
      case String text -> new HashSet<>(Arrays.asList(text.split(" ")));
      case Collection<?> list -> texts(list);
      case null, default ->
          throw invalid("`%s` of the token is neither a text nor a list".formatted(scopes.claim()));
    };
  }

  private Set<String> texts(Collection<?> list) throws NotLetThroughException {
    var texts = new HashSet<String>();
    for (@Nullable Object one : list) {
      if (!(one instanceof String text)) {
        throw invalid("`%s` of the token is no list of texts".formatted(scopes.claim()));
      }
      texts.add(text);
    }
    return texts;
  }

  private static NotLetThroughException invalid(String detail) {
    return new NotLetThroughException(Reason.INVALID_TOKEN, detail);
  }
}
