package dev.consentry.cli.bench;

import dev.consentry.client.CheckResult;
import dev.consentry.client.ConsentryClient;
import dev.consentry.client.Freshness;
import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.BatchCheckItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What is asked about: every account {@code bench-…} has granted every app {@code bench-app-…} its
 * required scopes, and never its optional one.
 */
public final class BenchWorld {
  static final List<String> GRANTED = List.of("bench.read", "bench.write");
  static final String NOT_GRANTED = "bench.admin";

  /** A question for a deny: one scope that is granted, one that is not. */
  static final List<String> PARTLY_GRANTED = List.of(GRANTED.get(0), NOT_GRANTED);

  /** As many pairs as are looked at to tell whether the world is there. */
  private static final int LOOKED_AT_MAX = 100;

  private BenchWorld() {}

  /** The name of an account, from 0. */
  static String account(int number) {
    return "bench-" + (number + 1);
  }

  /** The name of an app, from 0. */
  static String app(int number) {
    return "bench-app-" + (number + 1);
  }

  /** The account of a pair. */
  static int accountOf(int pair, int accounts) {
    return pair % accounts;
  }

  /** The app of a pair: so that those asked about most are of all accounts and all apps. */
  static int appOf(int pair, int accounts, int apps) {
    return (pair % accounts + pair / accounts) % apps;
  }

  static App manifest(int number) {
    return App.newBuilder()
        .setAppId(app(number))
        .setDisplayName("Bench " + (number + 1))
        .setPublisher("consentry bench")
        .addRequiredScopes(
            AppScope.newBuilder()
                .setName(GRANTED.get(0))
                .setDescription("Is asked for and granted."))
        .addRequiredScopes(
            AppScope.newBuilder()
                .setName(GRANTED.get(1))
                .setDescription("Is asked for and granted."))
        .addOptionalScopes(
            AppScope.newBuilder().setName(NOT_GRANTED).setDescription("Is asked for and denied."))
        .build();
  }

  static BatchCheckItem item(Asked.Drawn drawn, int pair) {
    return BatchCheckItem.newBuilder()
        .setAccountId(account(accountOf(pair, drawn.accounts())))
        .setAppId(app(appOf(pair, drawn.accounts(), drawn.apps())))
        .addAllScopes(GRANTED)
        .build();
  }

  /**
   * Looks at up to 100 pairs, spread evenly.
   *
   * @return what is not as it should be, or nothing
   */
  public static Optional<String> missing(ConsentryClient client, Asked.Drawn drawn) {
    int count = Math.min(drawn.pairs(), LOOKED_AT_MAX);
    List<BatchCheckItem> items =
        IntStream.range(0, count)
            .mapToObj(i -> item(drawn, spread(i, count, drawn.pairs())))
            .toList();
    List<CheckResult> results = client.batchCheck(items, Freshness.minimizeLatency());
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (!results.get(i).allowed()) {
        wrong.add(items.get(i).getAppId() + " for account " + items.get(i).getAccountId());
      }
    }
    return wrong.isEmpty()
        ? Optional.empty()
        : Optional.of(
            wrong.size()
                + " of "
                + count
                + " grants looked at are not there, such as "
                + wrong.get(0));
  }

  /** The first of a few is the first of all, the last of them the last. */
  private static int spread(int i, int few, int all) {
    return few == 1 ? 0 : (int) ((long) i * (all - 1) / (few - 1));
  }
}
