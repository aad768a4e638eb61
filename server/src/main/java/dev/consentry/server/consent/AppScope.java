package dev.consentry.server.consent;

import dev.consentry.server.decision.Scope;

/**
 * A scope as an app declares it.
 *
 * @param description why this app wants it, for the consent screen; up to {@value
 *     #DESCRIPTION_CHARACTERS_MAX} characters of plain text
 */
public record AppScope(Scope name, String description) {
  public static final int DESCRIPTION_CHARACTERS_MAX = 280;

  public AppScope {
    var violations = new Violations();
    violations.check(
        "description",
        () -> {
          Texts.requirePlain(description, 0, DESCRIPTION_CHARACTERS_MAX);
          return description;
        });
    violations.throwIfAny();
  }
}
