package dev.consentry.server.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.store.ConsentStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class DemoWorldTest {
  private static final int EVERYTHING = 1_000;

  private final ConsentStore store = ConsentStore.openMemory();
  private final ConsentReads reads = store.reads(new ForwardClock(InstantSource.system()));
  private final Instant now = Instant.now();

  @BeforeEach
  void fill() {
    var past = new DemoClock();
    try (var writer =
        store.writer(
            new ForwardClock(past), GrantChanges.NOBODY, failure -> fail("failed", failure))) {
      DemoWorld.fill(writer, past, now);
    }
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void fill_apps_areAtLeastEightAndOneIsSuspended() {
    var apps = reads.apps(EnumSet.allOf(AppState.class), limit(), null).value().rows();
    assertTrue(apps.size() >= 8);
    assertEquals(1, apps.stream().filter(app -> app.state() == AppState.SUSPENDED).count());
    assertTrue(apps.stream().anyMatch(app -> app.manifestVersion() == 2));
  }

  @Test
  void fill_grants_areAtLeastTwentyOfFiveAccountsOneExpiredOneRevoked() {
    List<GrantView> grants = grants();
    assertTrue(grants.size() >= 20);
    assertEquals(5, grants.stream().map(view -> view.grant().key().account()).distinct().count());
    assertEquals(1, grants.stream().filter(v -> v.state() == GrantState.EXPIRED).count());
    assertEquals(1, grants.stream().filter(v -> v.state() == GrantState.REVOKED).count());
    assertTrue(grants.stream().anyMatch(GrantView::reconsentRequired));
  }

  @Test
  void fill_history_isInThePastInOrderAndOfEveryKindButRare() {
    var all =
        new ConsentReads.EventFilter(null, null, EnumSet.allOf(EventType.class), null, null, true);
    List<Event> events = reads.events(all, limit(), null).value().rows();
    for (int i = 0; i < events.size(); i++) {
      assertEquals(i + 1, events.get(i).revision());
      assertTrue(events.get(i).time().isBefore(now));
      assertTrue(i == 0 || !events.get(i).time().isBefore(events.get(i - 1).time()));
    }
    assertTrue(events.getFirst().time().isBefore(now.minus(Duration.ofDays(180))));
    assertEquals(
        EnumSet.of(
            EventType.APP_CREATED,
            EventType.APP_CHANGED,
            EventType.APP_SUSPENDED,
            EventType.GRANTED,
            EventType.REPLACED,
            EventType.REVOKED,
            EventType.EXPIRED),
        events.stream()
            .map(Event::type)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(EventType.class))));
  }

  private List<GrantView> grants() {
    var all = new ConsentReads.GrantFilter(null, null, EnumSet.allOf(GrantState.class));
    return reads.grants(all, limit(), null).value().rows();
  }

  private static <T> ConsentReads.PageLimit<T> limit() {
    return new ConsentReads.PageLimit<>(EVERYTHING, Long.MAX_VALUE, row -> 0);
  }
}
