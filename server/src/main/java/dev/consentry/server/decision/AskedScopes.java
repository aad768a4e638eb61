package dev.consentry.server.decision;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The scopes of a question as the bytes they came in: decided on without making an object of any.
 * What {@link #decide} says is what {@link Decision#decide} says of the same question.
 *
 * <p>To be filled again for every question; for one thread at a time.
 */
public final class AskedScopes {
  /**
   * Who asks for more is answered by {@link Decision#decide}: here, each missing scope is compared
   * with each.
   */
  public static final int SCOPES_MAX = 16;

  private static final int USUAL_SCOPES = 4;

  /** From where to where each scope is, one after the other. */
  private int[] ranges = new int[2 * USUAL_SCOPES];

  private int count;

  /** Forgets them all. */
  public void clear() {
    count = 0;
  }

  /**
   * One more, in the order asked.
   *
   * @return false if there are {@value #SCOPES_MAX} already
   */
  public boolean add(int from, int to) {
    if (count == SCOPES_MAX) {
      return false;
    }
    if (2 * count == ranges.length) {
      ranges = Arrays.copyOf(ranges, 2 * ranges.length);
    }
    ranges[2 * count] = from;
    ranges[2 * count + 1] = to;
    count++;
    return true;
  }

  public int count() {
    return count;
  }

  /** Where the scope of this index begins. */
  public int from(int index) {
    return ranges[2 * index];
  }

  /** Where it ends: the first index that is no longer part of it. */
  public int to(int index) {
    return ranges[2 * index + 1];
  }

  /**
   * What a standing says to these scopes.
   *
   * @param text what they are ranges of
   * @return null if there is none, or one of them is no scope: {@link CheckQuestion} says what is
   *     wrong
   */
  public @Nullable Outcome decide(byte[] text, Standing standing, long nowMicros) {
    if (count == 0) {
      return null;
    }
    DenyReason refusal = Decision.refusal(standing, nowMicros);
    ScopeSet granted = refusal == null ? standing.grantedScopes() : ScopeSet.EMPTY;
    int missing = 0;
    for (int i = 0; i < count; i++) {
      if (granted.contains(text, from(i), to(i))) {
        continue;
      }
      // One that is granted needs no look: what is in the table was looked at.
      if (!Ids.isScopeToken(text, from(i), to(i))) {
        return null;
      }
      if (!isRepeated(text, i, missing)) {
        missing |= 1 << i;
      }
    }
    if (refusal == null) {
      return missing == 0 ? Outcome.ALLOWED : new Outcome(DenyReason.SCOPE_NOT_GRANTED, missing);
    }
    return new Outcome(refusal, missing);
  }

  /** Whether one of those that are missing is the same as this one. */
  private boolean isRepeated(byte[] text, int index, int missing) {
    for (int left = missing; left != 0; left &= left - 1) {
      int earlier = Integer.numberOfTrailingZeros(left);
      if (Arrays.equals(text, from(earlier), to(earlier), text, from(index), to(index))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether all that was asked for is granted, and if not, why.
   *
   * @param reason null if it is
   * @param missing bit i is set if scope i is asked for and not granted; of a repeated one, the
   *     first
   */
  public record Outcome(@Nullable DenyReason reason, int missing) {
    public static final Outcome ALLOWED = new Outcome(null, 0);

    public boolean isMissing(int index) {
      return (missing >>> index & 1) != 0;
    }
  }
}
