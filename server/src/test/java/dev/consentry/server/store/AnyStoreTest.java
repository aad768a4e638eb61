package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantView;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** A test of what every store does, whatever it keeps things in. */
abstract class AnyStoreTest {
  StoreFixture it;

  @Parameter private AnyStore kind;
  @TempDir private Path directory;

  @BeforeEach
  void openStore() {
    it = new StoreFixture(kind.open(directory.resolve("data")));
  }

  /** Whatever a test did: the log folded is what the rows say, and decisions heard all of it. */
  @AfterEach
  void closeStore() {
    long last = it.source.position().number();
    List<Event> events = it.events();
    var fold = LogFold.of(events, last);
    assertEquals(
        List.copyOf(fold.grants.values()), it.grants().stream().map(GrantView::grant).toList());
    assertEquals(List.copyOf(fold.apps.values()), it.apps());
    assertEquals(events.stream().map(GrantChanges.Change::of).toList(), it.followed);
    var keys = List.copyOf(fold.grants.keySet());
    for (int i = 0; i < keys.size(); i += 1_000) {
      var some = keys.subList(i, Math.min(keys.size(), i + 1_000));
      it.source.load(some).standings().forEach((k, s) -> assertEquals(fold.standing(k), s));
    }
    it.close();
    assertEquals(List.of(), it.failStops);
  }
}
