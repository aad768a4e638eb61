package dev.consentry.server.gateway;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.InvalidValueException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the SPIFFE ids of apps look like: {@code spiffe://DOMAIN/…/{account}/…/{app}}. Each of the
 * two stands for one segment, which is never decoded.
 */
public final class PrincipalTemplate {
  private static final String SCHEME = "spiffe://";
  private static final Pattern FORM =
      Pattern.compile("spiffe://[a-z0-9._-]+(?:/(?:[A-Za-z0-9._-]+|\\{app}|\\{account}))+");

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
    boolean once =
        text.split("\\{app}", -1).length == 2 && text.split("\\{account}", -1).length == 2;
    if (!once || !FORM.matcher(text).matches()) {
      throw new InvalidValueException(
          "must be spiffe://DOMAIN and segments, with {app} and {account} once each in place of"
              + " one");
    }
    String regex =
        Pattern.quote(text)
            .replace("{app}", "\\E(?<app>[^/]+)\\Q")
            .replace("{account}", "\\E(?<account>[^/]+)\\Q");
    return new PrincipalTemplate(text, Pattern.compile(regex));
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
