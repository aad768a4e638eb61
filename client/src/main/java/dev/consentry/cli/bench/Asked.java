package dev.consentry.cli.bench;

import java.util.List;

/** What is asked about. */
public sealed interface Asked {
  /** As many accounts as may be asked about. */
  int ACCOUNTS_MAX = 1_000_000;

  /** As many apps as may be asked about. */
  int APPS_MAX = 1_000;

  /** As many pairs of an account and an app: each is a grant to be prepared. */
  int PAIRS_MAX = 1_000_000;

  /** As many scopes as a question may name. */
  int SCOPES_MAX = 100;

  /**
   * One question, again and again.
   *
   * @param scopes 1 to 100
   */
  record Fixed(String account, String app, List<String> scopes) implements Asked {
    public Fixed {
      scopes = List.copyOf(scopes);
      if (account.isEmpty() || app.isEmpty() || scopes.isEmpty()) {
        throw new IllegalArgumentException(
            "one fixed question needs all of --account, --app and --scope");
      }
      if (scopes.size() > SCOPES_MAX) {
        throw new IllegalArgumentException(
            "--scope may be given " + SCOPES_MAX + " times, and is " + scopes.size() + " times");
      }
    }
  }

  /**
   * Questions about the prepared world, drawn by chance.
   *
   * @param accounts 1 to 1,000,000
   * @param apps 1 to 1,000; together at most 1,000,000 pairs
   * @param seed the same one draws the same questions
   */
  record Drawn(int accounts, int apps, Keys keys, Shares shares, long seed) implements Asked {
    public Drawn {
      Limits.require("--accounts", accounts, ACCOUNTS_MAX);
      Limits.require("--apps", apps, APPS_MAX);
      if ((long) accounts * apps > PAIRS_MAX) {
        throw new IllegalArgumentException(
            "--accounts times --apps must be at most "
                + PAIRS_MAX
                + ", and is "
                + (long) accounts * apps);
      }
    }

    /** How many grants there are. */
    public int pairs() {
      return accounts * apps;
    }
  }
}
