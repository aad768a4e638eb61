package dev.consentry.server.decision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.Decision.Allow;
import dev.consentry.server.decision.Decision.Deny;
import dev.consentry.server.decision.Standing.Terms;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@link Decision#decide} and {@link ReferenceDecider} say the same of every world; a decider with
 * a planted bug does not.
 */
final class DecisionReferenceTest {
  private static final int WORLDS = 100_000;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 20_261_123, -7_046_029_254_386_353_131L})
  void decide_randomWorlds_isWhatTheReferenceSays(long seed) {
    assertEquals(Optional.empty(), firstDifference(Decision::decide, seed));
  }

  @ParameterizedTest(name = "{0}, seed 1")
  @EnumSource
  void firstDifference_plantedBug_isFound(Mutant mutant) {
    assertTrue(firstDifference(mutant, 1).isPresent(), "a decider with this bug passed: " + mutant);
  }

  /** Otherwise the comparison would say little. */
  @Test
  void random_worldsOfOneSeed_haveEveryAnswer() {
    var random = new SplittableRandom(1);
    var reasons = EnumSet.noneOf(DenyReason.class);
    int allowed = 0;
    int atExpiry = 0;
    for (int i = 0; i < WORLDS; i++) {
      var world = World.random(random);
      switch (ReferenceDecider.decide(world)) {
        case Allow _ -> allowed++;
        case Deny deny -> reasons.add(deny.reason());
      }
      atExpiry += world.nowMicros() == world.expireMicros() ? 1 : 0;
    }
    assertEquals(EnumSet.allOf(DenyReason.class), reasons);
    assertTrue(allowed > WORLDS / 50, "too few worlds allow: " + allowed);
    assertTrue(atExpiry > WORLDS / 50, "too few worlds are at the edge of expiry: " + atExpiry);
  }

  private static Optional<String> firstDifference(Decider decider, long seed) {
    var random = new SplittableRandom(seed);
    for (int i = 0; i < WORLDS; i++) {
      var world = World.random(random);
      Decision right = ReferenceDecider.decide(world);
      Decision given = decider.decide(world.question(), world.standing(), world.nowMicros());
      if (!given.equals(right)) {
        return Optional.of("seed %d: %s is %s, not %s".formatted(seed, world, right, given));
      }
    }
    return Optional.empty();
  }

  /** Anything of the shape of {@link Decision#decide}. */
  @FunctionalInterface
  interface Decider {
    Decision decide(CheckQuestion question, Standing standing, long nowMicros);
  }

  /** Bugs that somebody could write, each on top of the real decision. */
  enum Mutant implements Decider {
    EXPIRES_ONE_MICROSECOND_LATE((q, s, now) -> Decision.decide(q, s, now - 1)),
    EXPIRES_ONE_MICROSECOND_EARLY((q, s, now) -> Decision.decide(q, s, now + 1)),
    SUSPENSION_FORGOTTEN((q, s, now) -> Decision.decide(q, s.withAppSuspended(false), now)),
    SILENCE_ALLOWS((q, s, now) ->
        s.terms() == null && !s.appSuspended()
            ? new Allow(Terms.NEVER)
            : Decision.decide(q, s, now)),
    REVOCATION_FORGOTTEN((q, s, now) -> Decision.decide(q, unless(s, GrantState.REVOKED), now)),
    SWEPT_EXPIRY_FORGOTTEN((q, s, now) -> Decision.decide(q, unless(s, GrantState.EXPIRED), now)),
    EXPIRY_FORGOTTEN((q, s, now) -> Decision.decide(q, s, Long.MIN_VALUE)),
    EXPIRY_BEATS_REVOCATION((q, s, now) ->
        Decision.decide(
            q,
            s.terms() != null && now >= s.terms().expireMicros()
                ? unless(s, GrantState.REVOKED)
                : s,
            now)),
    NO_GRANT_BEATS_SUSPENSION(
        (q, s, now) -> Decision.decide(q, s.terms() == null ? s.withAppSuspended(false) : s, now)),
    GRANT_BEATS_SUSPENSION((q, s, now) -> {
      Decision asIfActive = Decision.decide(q, s.withAppSuspended(false), now);
      return asIfActive instanceof Deny ? asIfActive : Decision.decide(q, s, now);
    }),
    ONE_SCOPE_IS_ENOUGH((q, s, now) ->
        Decision.decide(q, s, now) instanceof Deny deny
                && deny.missing().size() < q.scopes().stream().distinct().count()
            ? new Allow(s.terms() == null ? Terms.NEVER : s.terms().expireMicros())
            : Decision.decide(q, s, now)),
    FIRST_SCOPE_ONLY((q, s, now) ->
        Decision.decide(new CheckQuestion(q.key(), q.scopes().subList(0, 1)), s, now)),
    CASE_FOLDED((q, s, now) -> Decision.decide(folded(q), granting(s, Mutant::folded), now)),
    STAR_IS_A_WILDCARD((q, s, now) ->
        Decision.decide(
            q, granting(s, g -> g.contains(new Scope("*")) ? ScopeSet.of(q.scopes()) : g), now)),
    PARENT_IMPLIES_CHILD((q, s, now) ->
        Decision.decide(q, granting(s, g -> with(g, q, asked -> impliedByParent(g, asked))), now)),
    MISSING_SORTED(missing(m -> m.stream().sorted().toList())),
    MISSING_EMPTY_WITHOUT_USABLE_GRANT((q, s, now) ->
        switch (Decision.decide(q, s, now)) {
          case Allow allow -> allow;
          case Deny deny ->
              deny.reason() == DenyReason.SCOPE_NOT_GRANTED
                  ? deny
                  : new Deny(deny.reason(), List.of());
        }),
    MISSING_ONLY_THE_FIRST(missing(m -> m.subList(0, 1))),
    MISSING_REPEATED((q, s, now) ->
        Decision.decide(q, s, now) instanceof Deny deny
            ? new Deny(deny.reason(), q.scopes().stream().filter(deny.missing()::contains).toList())
            : Decision.decide(q, s, now)),
    MISSING_WITHOUT_THE_UNUSABLE_GRANTS_SCOPES((q, s, now) ->
        Decision.decide(q, s, now) instanceof Deny deny && s.terms() != null
            ? new Deny(deny.reason(), q.missingFrom(s.terms().scopes()))
            : Decision.decide(q, s, now)),
    EXPIRY_NOT_TOLD((q, s, now) ->
        Decision.decide(q, s, now) instanceof Deny deny ? deny : new Allow(Terms.NEVER));

    // Lambdas here hold no state, which Error Prone cannot know of an interface it does not own.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Decider decider;

    Mutant(Decider decider) {
      this.decider = decider;
    }

    @Override
    public Decision decide(CheckQuestion question, Standing standing, long nowMicros) {
      return decider.decide(question, standing, nowMicros);
    }

    private static Decider missing(UnaryOperator<List<Scope>> change) {
      return (q, s, now) ->
          Decision.decide(q, s, now) instanceof Deny deny
              ? new Deny(deny.reason(), change.apply(deny.missing()))
              : Decision.decide(q, s, now);
    }

    /** As if it had never come to this state. */
    private static Standing unless(Standing s, GrantState forgotten) {
      Terms terms = s.terms();
      return terms == null || terms.state() != forgotten
          ? s
          : new Standing(
              s.appSuspended(), new Terms(GrantState.ACTIVE, terms.scopes(), terms.expireMicros()));
    }

    private static Standing granting(Standing s, UnaryOperator<ScopeSet> change) {
      Terms terms = s.terms();
      return terms == null
          ? s
          : new Standing(
              s.appSuspended(),
              new Terms(terms.state(), change.apply(terms.scopes()), terms.expireMicros()));
    }

    private static ScopeSet folded(ScopeSet scopes) {
      return ScopeSet.of(scopes.asList().stream().map(Mutant::folded).toList());
    }

    private static CheckQuestion folded(CheckQuestion q) {
      return new CheckQuestion(q.key(), q.scopes().stream().map(Mutant::folded).toList());
    }

    private static Scope folded(Scope scope) {
      return new Scope(scope.value().toLowerCase(Locale.ROOT));
    }

    private static ScopeSet with(ScopeSet granted, CheckQuestion q, Predicate<Scope> implied) {
      var more = new ArrayList<>(granted.asList());
      q.scopes().stream().filter(implied).forEach(more::add);
      return ScopeSet.of(more);
    }

    private static boolean impliedByParent(ScopeSet granted, Scope asked) {
      return granted.asList().stream().anyMatch(g -> asked.value().startsWith(g.value() + ":"));
    }
  }
}
