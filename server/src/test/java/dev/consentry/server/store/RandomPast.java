package dev.consentry.server.store;

import static dev.consentry.server.store.StoreFixture.ADMIN;
import static dev.consentry.server.store.StoreFixture.START;
import static dev.consentry.server.store.StoreFixture.key;
import static dev.consentry.server.store.StoreFixture.manifest;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.DeleteApp;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.ResumeApp;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.consent.RevokeAppStep;
import dev.consentry.server.consent.SuspendApp;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.opentest4j.AssertionFailedError;

/**
 * A store with a past, a command a second, and all that it said of it before any of it was gone.
 */
final class RandomPast {
  private static final List<String> APPS = List.of("app0", "app1", "app2");

  private final StoreFixture it;
  private final List<Answered> answered = new ArrayList<>();
  private final List<Event> events;
  private final List<GrantView> grants;
  private final List<App> apps;
  private final List<GrantKey> keys;
  private final Map<GrantKey, Standing> standings;
  private final long last;

  /** A request, what it was answered, and when. */
  private record Answered(Command<?> command, At<?> answer) {}

  RandomPast(StoreFixture it, long seed, int seconds) {
    this.it = it;
    var random = new SplittableRandom(seed);
    APPS.forEach(it::put);
    for (int i = 0; i < seconds; i++) {
      it.wall.set(START.plusSeconds(i));
      act(random);
    }
    it.wall.set(START.plusSeconds(seconds));
    this.events = it.events();
    this.grants = it.grants();
    this.apps = it.apps();
    this.keys = grants.stream().map(view -> view.grant().key()).toList();
    this.standings = it.source.load(keys).standings();
    this.last = it.source.position().number();
    LogFold.of(events, last);
  }

  private void act(SplittableRandom random) {
    String app = APPS.get(random.nextInt(APPS.size()));
    String account = "a" + random.nextInt(6);
    var id = new AppId(app);
    var request = new UUID(random.nextLong(), random.nextLong());
    try {
      switch (random.nextInt(16)) {
        case 0 -> it.execute(new SuspendApp(ADMIN, id, "stop"));
        case 1, 2 -> it.execute(new ResumeApp(ADMIN, id, ""));
        case 3 -> it.put(app, manifest("v" + random.nextInt(9), List.of("read"), List.of("write")));
        case 4 -> {
          it.execute(new RevokeAppStep(ADMIN, id, "all"));
          it.execute(new DeleteApp(ADMIN, id, true, "old"));
        }
        case 5 -> it.put(app);
        case 6, 7, 8, 9, 10 ->
            answer(new Revoke(ADMIN, key(account, app), true, request, "enough"));
        default -> answer(it.grantOf(account, app, null, request));
      }
    } catch (RefusedException e) {
      // Not everything can be done at any time.
    }
  }

  private <R> void answer(Command<R> command) {
    answered.add(new Answered(command, it.execute(command)));
  }

  /** That nothing is lost but what happened before this time. */
  void assertUnchanged(Instant start) {
    var retained = events.stream().filter(event -> !event.time().isBefore(start)).toList();
    long floor = last - retained.size();
    assertEquals(List.of(floor), numbers(it, "SELECT floor_revision FROM store"));
    assertEquals(grants, it.grants());
    assertEquals(apps, it.apps());
    assertEquals(standings, it.source.load(keys).standings());
    assertAnswers(() -> assertEquals(retained, it.events()));
    assertEquals(
        hidden(floor),
        numbers(it, "SELECT revision FROM event WHERE revision <= %d ORDER BY 1".formatted(floor)));
    for (Answered each : answered) {
      if (each.answer().revision().number() >= floor) {
        assertAnswers(() -> assertEquals(each.answer(), it.execute(each.command())));
      }
    }
    long remembered =
        answered.stream().filter(a -> a.answer().revision().number() >= floor).count();
    assertEquals(List.of(remembered), numbers(it, "SELECT COUNT(*) FROM request"));
    assertEquals(last, it.source.position().number(), "nothing was done anew");
  }

  /** A row that is not there is a bug to whoever reads it, and a failure here. */
  private static void assertAnswers(Runnable reading) {
    try {
      reading.run();
    } catch (RuntimeException e) {
      throw new AssertionFailedError("it cannot be read any longer", e);
    }
  }

  /** The last event of each grant and app up to there. */
  private List<Long> hidden(long floor) {
    var lasts = new TreeMap<String, Long>();
    for (Event event : events.subList(0, (int) floor)) {
      lasts.put(
          switch (event.subject()) {
            case Event.OfGrant of -> of.after().key().toString();
            case Event.OfApp of -> of.after().id().toString();
          },
          event.revision());
    }
    return lasts.values().stream().sorted().toList();
  }

  /** What this query finds. */
  static List<Long> numbers(StoreFixture it, String query) {
    try (var connection = it.store.backend.migrations().getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      var found = new ArrayList<Long>();
      while (rows.next()) {
        found.add(rows.getLong(1));
      }
      return found;
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }
}
