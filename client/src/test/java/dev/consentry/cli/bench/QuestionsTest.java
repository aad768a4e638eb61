package dev.consentry.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is drawn by chance, and when it is due. */
final class QuestionsTest {
  private static final int DRAWS = 200_000;

  @Test
  void zipf_seed7_drawsEachRankAsOftenAsItsShare() {
    Keys.Picker picker = new Keys.Zipf(0.99).over(1_000);
    double whole = IntStream.rangeClosed(1, 1_000).mapToDouble(r -> Math.pow(r, -0.99)).sum();

    int[] drawn = draws(picker, 1_000);

    for (int rank : new int[] {1, 2, 3, 10, 100}) {
      double expected = DRAWS * Math.pow(rank, -0.99) / whole;
      assertEquals(expected, drawn[rank - 1], 6 * Math.sqrt(expected), "rank " + rank);
    }
  }

  @Test
  void uniform_seed7_drawsAllRanksAlike() {
    int[] drawn = draws(new Keys.Uniform().over(100), 100);

    for (int count : drawn) {
      assertEquals(DRAWS / 100.0, count, 6 * Math.sqrt(DRAWS / 100.0));
    }
  }

  @Test
  void pickers_pointsAtTheEnds_areTheFirstAndTheLastRank() {
    for (Keys keys : List.of(new Keys.Uniform(), new Keys.Zipf(0.5), new Keys.Zipf(10))) {
      assertEquals(0, keys.over(7).rank(0));
      assertEquals(0, keys.over(1).rank(Math.nextDown(1.0)));
    }
    assertEquals(6, new Keys.Uniform().over(7).rank(Math.nextDown(1.0)));
    assertEquals(6, new Keys.Zipf(0.5).over(7).rank(Math.nextDown(1.0)));
  }

  @Test
  void shares_points_areOfTheKindTheyFallIn() {
    Shares shares = new Shares(50, 30, 20);

    assertEquals(Shares.Kind.ALLOW, shares.at(0));
    assertEquals(Shares.Kind.ALLOW, shares.at(0.4999));
    assertEquals(Shares.Kind.DENY, shares.at(0.5));
    assertEquals(Shares.Kind.DENY, shares.at(0.7999));
    assertEquals(Shares.Kind.NEVER_SEEN, shares.at(0.8));
    assertEquals(Shares.Kind.NEVER_SEEN, shares.at(Math.nextDown(1.0)));
    // Fractions that miss 100 by a rounding still draw no kind that has no share.
    assertEquals(Shares.Kind.DENY, new Shares(99.9999999, 1e-8, 0).at(1 - 1e-15));
  }

  @Test
  void questions_sameSeed_areTheSameWhateverTheOrder() {
    Questions<String> forth = questions(42, "a");
    Questions<String> back = questions(42, "a");
    Questions<String> other = questions(43, "a");

    List<String> first = IntStream.range(0, 1_000).mapToObj(forth::at).toList();
    for (int i = 999; i >= 0; i--) {
      assertEquals(first.get(i), back.at(i));
    }
    assertNotEquals(first, IntStream.range(0, 1_000).mapToObj(other::at).toList());
  }

  @Test
  void questions_seed42_areOfEachKindAsOftenAsItsShare() {
    Questions<String> questions = questions(42, "a");
    int denied = 0;
    Set<String> neverSeen = new HashSet<>();
    for (int i = 0; i < DRAWS; i++) {
      String question = questions.at(i);
      denied += question.contains("bench.admin") ? 1 : 0;
      if (question.startsWith("bench-never-seen-a-")) {
        // Each of them is a new one.
        assertTrue(neverSeen.add(question), question);
      }
    }

    assertEquals(0.15 * DRAWS, denied, 6 * Math.sqrt(0.15 * DRAWS));
    assertEquals(0.05 * DRAWS, neverSeen.size(), 6 * Math.sqrt(0.05 * DRAWS));
  }

  @Test
  void questions_askedAgain_areTheSameMessage() {
    Questions<Object> questions =
        Questions.of(
            new Asked.Drawn(1, 1, new Keys.Uniform(), new Shares(100, 0, 0), 1),
            "a",
            (account, app, scopes) -> new Object());

    assertSame(questions.at(1), questions.at(2));
  }

  @Test
  void questions_moreThanAreKept_areMadeAnewAndTheSame() {
    int kept = DrawnQuestions.KEPT_MAX / 2;
    for (int accounts : new int[] {kept, kept + 1}) {
      Set<String> made = new HashSet<>();
      AtomicInteger makings = new AtomicInteger();
      Questions<String> questions =
          Questions.of(
              new Asked.Drawn(accounts, 1, new Keys.Uniform(), new Shares(100, 0, 0), 1),
              "a",
              (account, app, scopes) -> {
                made.add(account);
                makings.incrementAndGet();
                return account;
              });
      for (int i = 0; i < 20 * accounts; i++) {
        assertEquals(questions.at(i), questions.at(i));
      }
      // Enough draws to meet every account, the one that is not kept more than once.
      assertEquals(accounts, made.size());
      assertEquals(accounts == kept, makings.get() == made.size());
    }
  }

  @Test
  void tally_latencyBeyondItsMaximum_countsAsTheMaximum() {
    Tally tally = new Tally(0);

    tally.took(0, Tally.LATENCY_NANOS_MAX - 1);
    tally.took(0, Tally.LATENCY_NANOS_MAX);
    tally.took(0, Tally.LATENCY_NANOS_MAX + 1);
    tally.took(0, Long.MAX_VALUE);
    tally.took(1, 0);

    var latencies = tally.latencies();
    assertEquals(5, latencies.getTotalCount());
    assertTrue(latencies.valuesAreEquivalent(Tally.LATENCY_NANOS_MAX, latencies.getMaxValue()));
  }

  @Test
  void pairs_all_areEachAccountWithEachApp() {
    for (int[] size : new int[][] {{7, 3}, {3, 7}, {6, 4}, {1, 5}, {5, 1}}) {
      Set<String> pairs = new HashSet<>();
      for (int pair = 0; pair < size[0] * size[1]; pair++) {
        int account = BenchWorld.accountOf(pair, size[0]);
        int app = BenchWorld.appOf(pair, size[0], size[1]);
        assertTrue(account < size[0] && app < size[1]);
        pairs.add(account + " " + app);
      }
      assertEquals(size[0] * size[1], pairs.size());
    }
  }

  @Test
  void schedule_calls_areDueAtTheRateWithoutDrift() {
    Schedule thirds = new Schedule(-5, 3);

    assertEquals(-5, thirds.dueNanos(0));
    assertEquals(333_333_328, thirds.dueNanos(1));
    assertEquals(-5 + 3_600_000_000_000L, thirds.dueNanos(3 * 3_600));
    assertEquals(0, thirds.dueBefore(-5));
    assertEquals(1, thirds.dueBefore(-4));
    assertEquals(3 * 3_600, thirds.dueBefore(-5 + 3_600_000_000_000L));
    assertEquals(3 * 3_600 + 1, thirds.dueBefore(-4 + 3_600_000_000_000L));
  }

  @Test
  void places_takenAndLeft_belongToTheirNames() {
    Places places = new Places();
    List<String> names = IntStream.range(0, 200).mapToObj(i -> places.take(1_000 + i)).toList();

    assertEquals(200, new HashSet<>(names).size());
    assertEquals(1_150, places.free(names.get(150)).orElseThrow());
    assertTrue(places.free(names.get(150)).isEmpty());
    assertEquals(names.get(150), places.take(7));
    for (String unknown : List.of("", "-1", "200", "x", "99999999999")) {
      assertTrue(places.free(unknown).isEmpty(), unknown);
    }
    assertEquals(200, places.freeAll().length);
    assertEquals(0, places.freeAll().length);
  }

  private static Questions<String> questions(long seed, String run) {
    return Questions.of(
        new Asked.Drawn(20, 3, new Keys.Zipf(0.99), new Shares(80, 15, 5), seed),
        run,
        (account, app, scopes) -> account + " " + app + " " + scopes);
  }

  private static int[] draws(Keys.Picker picker, int count) {
    SplittableRandom random = new SplittableRandom(7);
    int[] drawn = new int[count];
    for (int i = 0; i < DRAWS; i++) {
      drawn[picker.rank(random.nextDouble())]++;
    }
    return drawn;
  }
}
