package dev.consentry.server.decision;

import java.util.LinkedHashSet;
import java.util.List;

/**
 * Is this app authorized for all of these scopes, for this account?
 *
 * @param scopes 1 to {@value #SCOPES_PER_CHECK_MAX}, in the order asked; one may repeat
 */
public record CheckQuestion(GrantKey key, List<Scope> scopes) {
  public static final int SCOPES_PER_CHECK_MAX = 100;

  public CheckQuestion {
    if (scopes.isEmpty() || scopes.size() > SCOPES_PER_CHECK_MAX) {
      throw new InvalidValueException(
          "must name 1 to " + SCOPES_PER_CHECK_MAX + " scopes, names " + scopes.size());
    }
    scopes = List.copyOf(scopes);
  }

  /** The scopes asked for that are not in {@code granted}, in the order asked, each once. */
  List<Scope> missingFrom(ScopeSet granted) {
    var missing = new LinkedHashSet<Scope>(scopes);
    missing.removeIf(granted::contains);
    return List.copyOf(missing);
  }
}
