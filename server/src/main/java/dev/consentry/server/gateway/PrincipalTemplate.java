package dev.consentry.server.gateway;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.InvalidValueException;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the SPIFFE ids of apps look like: {@code spiffe://DOMAIN/…/{account}/…/{app}}. Each of the
 * two stands for one segment, which is never decoded.
 */
public final class PrincipalTemplate {
  private static final String SCHEME = "spiffe://";
  private static final String APP = "{app}";
  private static final String ACCOUNT = "{account}";

  /** SPIFFE-ID §2.3: no SPIFFE id is longer. */
  public static final int LENGTH_MAX = 2_048;

  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9._-]+");
  private static final Pattern LITERAL = Pattern.compile("[A-Za-z0-9._-]+");

  private final String text;
  private final Pattern pattern;

  private PrincipalTemplate(String text, Pattern pattern) {
    this.text = text;
    this.pattern = pattern;
  }

  /**
   * Reads a template.
   *
   * @throws InvalidValueException if it is none
   */
  public static PrincipalTemplate parse(String text) {
    if (text.length() > LENGTH_MAX || !isTemplate(text)) {
      throw new InvalidValueException(
          "must be spiffe://DOMAIN and segments, with {app} and {account} once each in place of"
              + " one");
    }
    String regex =
        Pattern.quote(text)
            .replace(APP, "\\E(?<app>[^/]+)\\Q")
            .replace(ACCOUNT, "\\E(?<account>[^/]+)\\Q");
    return new PrincipalTemplate(text, Pattern.compile(regex));
  }

  private static boolean isTemplate(String text) {
    if (!text.startsWith(SCHEME)) {
      return false;
    }
    List<String> parts = List.of(text.substring(SCHEME.length()).split("/", -1));
    return DOMAIN.matcher(parts.getFirst()).matches()
        && Collections.frequency(parts, APP) == 1
        && Collections.frequency(parts, ACCOUNT) == 1
        && parts.stream()
            .skip(1)
            .allMatch(
                part ->
                    part.equals(APP) || part.equals(ACCOUNT) || LITERAL.matcher(part).matches());
  }

  /**
   * Who that is.
   *
   * @throws NotLetThroughException {@link Reason#SUBJECT_NOT_FOUND} if it does not fit as a whole
   */
  public Subject subject(String principal) throws NotLetThroughException {
    Matcher match = pattern.matcher(principal);
    if (!principal.startsWith(SCHEME) || !match.matches()) {
      throw notFound("the principal is none of " + text);
    }
    try {
      return new Subject(
          new AppId(match.group("app")), new AccountId(match.group("account")), null);
    } catch (InvalidValueException e) {
      throw notFound("the principal names no id: " + e.problem());
    }
  }

  private static NotLetThroughException notFound(String detail) {
    return new NotLetThroughException(Reason.SUBJECT_NOT_FOUND, detail);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PrincipalTemplate that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
