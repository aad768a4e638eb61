package dev.consentry.server.decision;

import dev.consentry.server.decision.Standing.Terms;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A question, all that its answer rests on, and the time: in words, so that nothing here depends on
 * the types it tests.
 *
 * @param state null if there never was a grant
 */
record World(
    boolean appSuspended,
    @Nullable GrantState state,
    Set<String> granted,
    long expireMicros,
    long nowMicros,
    List<String> asked) {
  /** Few, and close to each other, so that questions and grants meet often. */
  private static final List<String> SCOPES =
      List.of("a", "A", "b", "a:b", "a:", "*", "a:*", "aa", "z");

  private static final List<GrantState> STATES =
      List.of(
          GrantState.ACTIVE,
          GrantState.ACTIVE,
          GrantState.ACTIVE,
          GrantState.REVOKED,
          GrantState.EXPIRED);

  private static final long AROUND = 1_000;

  /** Any world, those at the edges more often than the rest. */
  static World random(SplittableRandom random) {
    long expireMicros = random.nextInt(4) == 0 ? Terms.NEVER : AROUND + random.nextInt(-2, 3);
    return new World(
        random.nextInt(5) == 0,
        random.nextInt(8) == 0 ? null : STATES.get(random.nextInt(STATES.size())),
        new LinkedHashSet<>(some(random, 0, 6)),
        expireMicros,
        AROUND + random.nextInt(-2, 3),
        some(random, 1, 5));
  }

  /** With repetitions. */
  private static List<String> some(SplittableRandom random, int min, int max) {
    var some = new ArrayList<String>();
    int size = random.nextInt(min, max + 1);
    while (some.size() < size) {
      some.add(SCOPES.get(random.nextInt(SCOPES.size())));
    }
    return some;
  }

  CheckQuestion question() {
    var key = new GrantKey(new AccountId("acme"), new AppId("app"));
    return new CheckQuestion(key, asked.stream().map(Scope::new).toList());
  }

  Standing standing() {
    return new Standing(
        appSuspended,
        state == null
            ? null
            : new Terms(
                state, ScopeSet.of(granted.stream().map(Scope::new).toList()), expireMicros));
  }
}
