package dev.consentry.server.bench;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A source where every account has granted every app the same four scopes. */
public final class BenchGrants implements GrantSource {
  private static final Duration MAX_STALENESS = Duration.ofSeconds(2);
  private static final long TABLE_BYTES = 256L << 20;
  private static final Revision POSITION = new Revision(new Epoch("benchmark-epoch-"), 40);
  private static final Standing GRANTED =
      new Standing(
          false,
          new Terms(
              GrantState.ACTIVE,
              ScopeSet.of(scopes("orders.read", "profile.read", "invoices.read", "invoices.write")),
              Terms.NEVER));

  private BenchGrants() {}

  /** A table that knows what these questions are about, with the clocks that a server has. */
  public static GrantTable tableFor(List<CheckQuestion> questions) {
    var clock = new ForwardClock(Instant::now);
    var freshness = new Freshness(System::nanoTime, clock, MAX_STALENESS);
    var table = GrantTable.embedded(new BenchGrants(), freshness, TABLE_BYTES, 42, Runnable::run);
    questions.forEach(question -> table.answer(question, Consistency.MINIMIZE_LATENCY).join());
    return table;
  }

  /** One question about each of so many accounts. */
  public static List<CheckQuestion> questions(int accounts, String... scopes) {
    return IntStream.range(0, accounts)
        .mapToObj(account -> new CheckQuestion(key(account), scopes(scopes)))
        .toList();
  }

  public static Standing standing() {
    return GRANTED;
  }

  public static Revision revision() {
    return POSITION;
  }

  private static GrantKey key(int account) {
    return new GrantKey(
        new AccountId("acct-%07d".formatted(account)),
        new AppId("app-%02d".formatted(account % StoreFiller.APPS)));
  }

  private static List<Scope> scopes(String... names) {
    return Stream.of(names).map(Scope::new).toList();
  }

  @Override
  public Snapshot load(Collection<GrantKey> keys) {
    var standings = new HashMap<GrantKey, Standing>();
    keys.forEach(key -> standings.put(key, GRANTED));
    return new Snapshot(POSITION, standings);
  }

  @Override
  public Revision position() {
    return POSITION;
  }
}
