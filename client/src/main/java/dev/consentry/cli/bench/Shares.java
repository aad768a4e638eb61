package dev.consentry.cli.bench;

/**
 * Of a hundred questions, how many are of each kind.
 *
 * @param allow about scopes that are granted
 * @param deny about a scope that is not part of the grant
 * @param neverSeen about an account that nobody has asked about before
 */
public record Shares(double allow, double deny, double neverSeen) {
  /** What gateways see: mostly allowed, a few new faces. */
  public static final Shares DEFAULT = new Shares(80, 15, 5);

  private static final double WHOLE = 100;

  /** Sums of decimal fractions are not exact. */
  private static final double TOLERANCE = 1e-6;

  /** A kind of question. */
  enum Kind {
    ALLOW,
    DENY,
    NEVER_SEEN
  }

  public Shares {
    require("--allow", allow);
    require("--deny", deny);
    require("--never-seen", neverSeen);
    double sum = allow + deny + neverSeen;
    if (Math.abs(sum - WHOLE) > TOLERANCE) {
      throw new IllegalArgumentException(
          "--allow, --deny and --never-seen must sum to 100, and sum to "
              + Amounts.plain(Math.round(sum * 1e6) / 1e6));
    }
  }

  /** Whether any question is about what was prepared. */
  public boolean askForPrepared() {
    return neverSeen < WHOLE;
  }

  /**
   * The kind at a point.
   *
   * @param point from 0 to below 1
   */
  Kind at(double point) {
    // Of the sum as it is, which may miss 100 by a rounding: a kind without a share is then never
    // met.
    double percent = point * (allow + deny + neverSeen);
    if (percent < allow) {
      return Kind.ALLOW;
    }
    return percent < allow + deny ? Kind.DENY : Kind.NEVER_SEEN;
  }

  @Override
  public String toString() {
    return Amounts.plain(allow)
        + " % allow, "
        + Amounts.plain(deny)
        + " % deny, "
        + Amounts.plain(neverSeen)
        + " % never seen";
  }

  private static void require(String option, double percent) {
    if (!(percent >= 0 && percent <= WHOLE)) {
      throw new IllegalArgumentException(
          option + " must be from 0 to 100, and is `" + Amounts.plain(percent) + "`");
    }
  }
}
