package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.postgres.PostgresServer;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An embedded store with a past, moved to PostgreSQL. */
final class StoreImportTest {
  private static final UUID REQUEST = new UUID(1, 2);
  private static final int PAST_SECONDS = 240;

  @TempDir private Path directory;

  private final PostgresAddress address =
      new PostgresAddress(PostgresServer.shared().newDatabase(), null);
  private List<Event> events = List.of();
  private List<GrantView> grants = List.of();
  private List<App> apps = List.of();
  private @Nullable At<GrantView> answered;

  @BeforeEach
  void makePast() {
    try (var it = new StoreFixture(ConsentStore.openDirectory(directory))) {
      var _ = new RandomPast(it, 42, PAST_SECONDS);
      it.put("last", StoreFixture.manifest("Ä \uD83D\uDE00", List.of("read"), List.of("write")));
      answered = it.execute(it.grantOf("acme", "last", null, REQUEST));
      remember(it);
    }
  }

  private void remember(StoreFixture it) {
    events = it.events();
    grants = it.grants();
    apps = it.apps();
  }

  @Test
  void import_aStoreWithAPast_isTheSameStore() {
    var moved = new ArrayList<String>();
    long revision =
        ConsentStore.importEmbedded(
            directory, address, (table, rows) -> moved.add(table + " " + rows));
    assertEquals(events.getLast().revision(), revision);
    assertEquals("event " + events.size(), moved.get(3));
    assertIsTheSame();
    try (var embedded = ConsentStore.openDirectory(directory)) {
      assertEquals(revision, embedded.source().position().number());
    }
  }

  @Test
  void import_aStoreWithAFloor_isTheSameStore() {
    try (var it = new StoreFixture(ConsentStore.openDirectory(directory))) {
      var half = StoreFixture.START.plus(Duration.ofSeconds(PAST_SECONDS / 2));
      assertTrue(it.store.retention().prune(half) > 0);
      remember(it);
    }
    ConsentStore.importEmbedded(directory, address, (_, _) -> {});
    assertIsTheSame();
  }

  private void assertIsTheSame() {
    try (var it = new StoreFixture(ConsentStore.openPostgres(address, false))) {
      it.wall.set(StoreFixture.START.plusSeconds(PAST_SECONDS));
      assertEquals(events, it.events());
      assertEquals(grants, it.grants());
      assertEquals(apps, it.apps());
      for (GrantView view : grants) {
        var key = view.grant().key();
        assertEquals(
            view.grant().terms(), it.source.load(List.of(key)).standings().get(key).terms());
      }
      var again = it.execute(it.grantOf("acme", "last", null, REQUEST));
      assertEquals(answered.value(), again.value());
      assertEquals(answered.revision().number(), again.revision().number());
      assertNotEquals(answered.revision().epoch(), again.revision().epoch());
      long next = it.grant("new", "last").revision().number();
      assertEquals(events.getLast().revision() + 1, next);
    }
  }

  @Test
  void import_intoAStoreThatIsNotEmpty_isRefusedAndChangesNothing() {
    try (var it = new StoreFixture(ConsentStore.openPostgres(address, true))) {
      it.put("there");
      var e = assertThrows(StoreException.class, this::moveAll);
      assertTrue(e.getMessage().contains("not empty"), e::getMessage);
      assertEquals(1, it.events().size());
    }
  }

  @Test
  void import_ofNothing_isRefused() {
    Path none = directory.resolve("none");
    var e =
        assertThrows(
            StoreException.class, () -> ConsentStore.importEmbedded(none, address, (_, _) -> {}));
    assertTrue(e.getMessage().contains("there is no store in"), e::getMessage);
  }

  @Test
  void import_ofAStoreInUse_isRefused() {
    try (var _ = ConsentStore.openDirectory(directory)) {
      var e = assertThrows(StoreException.class, this::moveAll);
      assertTrue(e.getMessage().contains("is in use by process"), e::getMessage);
    }
  }

  @Test
  void import_thatSpoilsOneValue_isSeenAndRolledBack() {
    var spoiling = new Spoiling();
    var e =
        assertThrows(
            StoreException.class, () -> ConsentStore.importEmbedded(directory, address, spoiling));
    assertTrue(e.getMessage().contains("the table app_grant is not what was read"), e::getMessage);
    try (var it = new StoreFixture(ConsentStore.openPostgres(address, true))) {
      assertEquals(List.of(), it.events());
      assertEquals(List.of(), it.apps());
    }
  }

  private void moveAll() {
    ConsentStore.importEmbedded(directory, address, (_, _) -> {});
  }

  /** Writes one reason of a grant otherwise than it was read. */
  private static final class Spoiling extends StoreImport {
    private boolean done;

    Spoiling() {
      super((_, _) -> {});
    }

    @Override
    void write(PreparedStatement insert, Field<?>[] fields, @Nullable Object[] row)
        throws SQLException {
      @Nullable Object[] written = row.clone();
      for (int i = 0; i < fields.length && !done; i++) {
        if (fields[i].getName().equals("grant_reason") && fields.length < 20) {
          written[i] = row[i] + ".";
          done = true;
        }
      }
      super.write(insert, fields, written);
    }
  }
}
