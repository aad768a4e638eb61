package dev.consentry.server.gateway;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which scopes a request needs that has such a method, host and path.
 *
 * @param host null for any
 * @param methods 1 to {@value #METHODS_MAX}, in upper case; GET covers HEAD
 * @param scopes all are needed; none if it is public, otherwise 1 to {@value
 *     CheckQuestion#SCOPES_PER_CHECK_MAX}, each once
 * @param isPublic whether anybody may, without a token
 * @param opaque what may stand for a name or {@code **}; never in a public rule
 */
public record RouteRule(
    @Nullable HostName host,
    PathTemplate path,
    Set<String> methods,
    List<Scope> scopes,
    boolean isPublic,
    Set<Opaque> opaque) {
  public static final int METHODS_MAX = 16;
  static final int METHOD_LENGTH_MAX = 32;

  private static final Pattern METHOD =
      Pattern.compile("[A-Z][A-Z-]{0,%d}".formatted(METHOD_LENGTH_MAX - 1));

  public RouteRule {
    if (methods.isEmpty() || methods.size() > METHODS_MAX) {
      throw new InvalidValueException(
          "must have 1 to %d methods, has %d".formatted(METHODS_MAX, methods.size()));
    }
    methods.forEach(RouteRule::requireMethod);
    if (isPublic) {
      requirePublic(path, scopes, opaque);
    } else {
      requireScopes(scopes);
    }
    if (!opaque.isEmpty() && !path.isOpen()) {
      throw new InvalidValueException(
          "must not have `opaque`: its path has no name and no `**`, which it would be for");
    }
    // In the order they were given: messages show them.
    methods = Collections.unmodifiableSet(new LinkedHashSet<>(methods));
    scopes = List.copyOf(scopes);
    opaque = opaque.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(opaque));
  }

  /**
   * A method (RFC 9110 §9.1) that rules may have; they are compared byte for byte.
   *
   * @throws InvalidValueException if it is none
   */
  static String requireMethod(String text) {
    if (!METHOD.matcher(text).matches()) {
      throw new InvalidValueException(
          "must be a method of 1 to %d upper-case letters and `-`".formatted(METHOD_LENGTH_MAX));
    }
    return text;
  }

  private static void requireScopes(List<Scope> scopes) {
    int max = CheckQuestion.SCOPES_PER_CHECK_MAX;
    if (scopes.isEmpty() || scopes.size() > max) {
      throw new InvalidValueException(
          "must have 1 to %d scopes or be `public: true`, has %d".formatted(max, scopes.size()));
    }
    if (new HashSet<>(scopes).size() < scopes.size()) {
      throw new InvalidValueException("must have each scope once");
    }
    if (DoorAnswer.text(scopes).length() > DoorAnswer.SCOPES_HEADER_BYTES_MAX) {
      throw new InvalidValueException(
          "must have scopes of at most %,d characters together: they go into one header"
              .formatted(DoorAnswer.SCOPES_HEADER_BYTES_MAX));
    }
  }

  private static void requirePublic(PathTemplate path, List<Scope> scopes, Set<Opaque> opaque) {
    if (!scopes.isEmpty()) {
      throw new InvalidValueException("must have no scopes, being public");
    }
    if (!opaque.isEmpty()) {
      throw new InvalidValueException("must have no `opaque`, being public");
    }
    if (path.hasAccount()) {
      throw new InvalidValueException(
          "must have no `{account}`, being public: there is no account to compare it with");
    }
  }

  /** Methods, host and path: {@code GET,POST api.example.com/a/{b}}. */
  @Override
  public String toString() {
    return "%s %s%s".formatted(String.join(",", methods), host == null ? "" : host, path);
  }
}
