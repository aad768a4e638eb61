package dev.consentry.server.consent;

import dev.consentry.server.decision.InvalidValueException;
import java.util.regex.Pattern;

/**
 * A point in a store's history. Revisions of one epoch are dense, and their order is the order of
 * commits.
 *
 * @param number 0 before the first change, then 1, 2, 3…
 */
public record Revision(Epoch epoch, long number) {
  /** What the contract allows any token to have; ours have at most 36. */
  public static final int TOKEN_LENGTH_MAX = 128;

  private static final Pattern TOKEN =
      Pattern.compile("(?<epoch>[A-Za-z0-9_-]{16})-(?<number>0|[1-9][0-9]{0,17})");

  public Revision {
    if (number < 0) {
      throw new InvalidValueException("must not be negative");
    }
  }

  /**
   * The revision that {@link #token()} wrote.
   *
   * @throws InvalidValueException if this is no token of ours
   */
  public static Revision parse(String token) {
    var match = TOKEN.matcher(token);
    if (token.length() > TOKEN_LENGTH_MAX || !match.matches()) {
      throw new InvalidValueException(
          "must be a `revision` as an earlier answer gave it; this is none");
    }
    return new Revision(new Epoch(match.group("epoch")), Long.parseLong(match.group("number")));
  }

  /** The opaque form that travels: characters of {@code A-Za-z0-9_-}. */
  public String token() {
    return epoch.value() + "-" + number;
  }
}
