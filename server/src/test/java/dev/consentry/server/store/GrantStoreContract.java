package dev.consentry.server.store;

import static dev.consentry.server.store.StoreFixture.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.decision.GrantState;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store does, whatever it keeps things in. */
abstract class GrantStoreContract {
  private StoreFixture it;

  /** A new and empty store. */
  abstract ConsentStore open();

  @BeforeEach
  void openStore() {
    it = new StoreFixture(open());
  }

  @AfterEach
  void closeStore() {
    it.close();
    assertEquals(List.of(), it.failStops);
  }

  @Test
  void execute_grantThenRevoke_isReadListedLoadedAndRecorded() {
    var put = it.put("app");
    var granted = it.grant("acme", "app");
    assertEquals(put.revision().number() + 1, granted.revision().number());
    var loaded = it.source.load(List.of(key("acme", "app"), key("acme", "other")));
    assertEquals(granted.revision(), loaded.revision());
    assertEquals(2, loaded.standings().size());
    assertEquals(
        granted.value().grant().terms(), loaded.standings().get(key("acme", "app")).terms());
    var revoked = it.revoke("acme", "app");
    assertEquals(List.of(revoked.value().orElseThrow()), it.grants());
    assertEquals(GrantState.REVOKED, it.grants().getFirst().state());
    assertEquals(List.of(put.value()), it.apps());
    assertEquals(
        List.of(EventType.APP_CREATED, EventType.GRANTED, EventType.REVOKED),
        it.events().stream().map(Event::type).toList());
    assertEquals(
        new Event.OfGrant(
            granted.value().grant(), revoked.value().orElseThrow().grant(), put.value()),
        it.events().getLast().subject());
    assertEquals(3, it.followed.size());
    assertEquals(revoked.revision(), it.source.position());
    assertTrue(it.failStops.isEmpty());
  }
}
