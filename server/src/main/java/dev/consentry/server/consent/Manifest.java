package dev.consentry.server.consent;

import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What an app says of itself, and what its consent screen shows. Immutable: any difference makes a
 * new version.
 *
 * @param displayName 1 to {@value #NAME_CHARACTERS_MAX} characters of plain text
 * @param publisher up to {@value #NAME_CHARACTERS_MAX} characters of plain text; may be empty
 * @param homepageUri https, or empty
 * @param logoUri https, or empty
 * @param supportUri https or mailto, or empty
 * @param requiredScopes always part of a grant
 * @param optionalScopes chosen by the administrator; with the required ones at most {@value
 *     #SCOPES_PER_APP_MAX}, none named twice
 */
public record Manifest(
    String displayName,
    String publisher,
    String homepageUri,
    String logoUri,
    String supportUri,
    List<AppScope> requiredScopes,
    List<AppScope> optionalScopes) {
  public static final int NAME_CHARACTERS_MAX = 128;
  public static final int SCOPES_PER_APP_MAX = 200;

  /** Throws {@link InvalidFieldsException} with every field that is not as described above. */
  public Manifest {
    var violations = new Violations();
    checkText(violations, "display_name", displayName, 1);
    checkText(violations, "publisher", publisher, 0);
    checkUri(violations, "homepage_uri", homepageUri, Set.of("https"));
    checkUri(violations, "logo_uri", logoUri, Set.of("https"));
    checkUri(violations, "support_uri", supportUri, Set.of("https", "mailto"));
    int scopes = requiredScopes.size() + optionalScopes.size();
    if (scopes > SCOPES_PER_APP_MAX) {
      violations.add(
          requiredScopes.size() > SCOPES_PER_APP_MAX ? "required_scopes" : "optional_scopes",
          "required and optional scopes together must be at most %d, are %d"
              .formatted(SCOPES_PER_APP_MAX, scopes));
    }
    var seen = new HashSet<Scope>();
    checkUnique(violations, "required_scopes", requiredScopes, seen);
    checkUnique(violations, "optional_scopes", optionalScopes, seen);
    violations.throwIfAny();
    requiredScopes = List.copyOf(requiredScopes);
    optionalScopes = List.copyOf(optionalScopes);
  }

  /** The scopes that every grant has. */
  public ScopeSet required() {
    return names(requiredScopes.stream());
  }

  /** The scopes that an administrator may choose. */
  public ScopeSet optional() {
    return names(optionalScopes.stream());
  }

  private static ScopeSet names(Stream<AppScope> scopes) {
    return ScopeSet.of(scopes.map(AppScope::name).toList());
  }

  private static void checkText(Violations violations, String field, String value, int min) {
    violations.check(
        field,
        () -> {
          Texts.requirePlain(value, min, NAME_CHARACTERS_MAX);
          return value;
        });
  }

  private static void checkUri(
      Violations violations, String field, String value, Set<String> schemes) {
    violations.check(
        field,
        () -> {
          Texts.requireUri(value, schemes);
          return value;
        });
  }

  private static void checkUnique(
      Violations violations, String field, List<AppScope> scopes, Set<Scope> seen) {
    for (int i = 0; i < scopes.size(); i++) {
      if (!seen.add(scopes.get(i).name())) {
        violations.add(
            "%s[%d].name".formatted(field, i),
            "`%s` is declared more than once".formatted(scopes.get(i).name()));
      }
    }
  }
}
