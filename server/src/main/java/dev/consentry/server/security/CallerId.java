package dev.consentry.server.security;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.decision.InvalidValueException;
import java.util.regex.Pattern;

/** Names a caller that shows preshared tokens, in the history: {@code token:ID}. */
public record CallerId(String value) {
  static final int ID_LENGTH_MAX = 64;

  private static final Pattern FORM =
      Pattern.compile("[A-Za-z0-9._@/-]{1,%d}".formatted(ID_LENGTH_MAX));

  public CallerId {
    if (!FORM.matcher(value).matches()) {
      throw new InvalidValueException(
          "must be 1 to %d letters, digits, `.`, `_`, `@`, `/` and `-`".formatted(ID_LENGTH_MAX));
    }
  }

  Actor actor() {
    return new Actor("token:" + value);
  }
}
