package dev.consentry.server.store;

import static dev.consentry.server.store.StoreFixture.ADMIN;
import static dev.consentry.server.store.StoreFixture.ANY_STATE;
import static dev.consentry.server.store.StoreFixture.manifest;
import static dev.consentry.server.store.StoreFixture.rows;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.consentry.server.consent.ConsentReads.GrantFilter;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.ResumeApp;
import dev.consentry.server.consent.RevokeAppStep;
import dev.consentry.server.consent.SuspendApp;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Reads while many write. */
@ParameterizedClass
@EnumSource(AnyStore.class)
final class StoreRacesTest extends AnyStoreTest {
  @Test
  void execute_8WritersSeed42_readsAreSnapshotsOfADenseLog() throws Exception {
    var apps = List.of("app0", "app1", "app2");
    apps.forEach(it::put);
    var done = new AtomicBoolean();
    var snapshots = new ArrayList<Snapshot>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var readers = new ArrayList<Future<List<Snapshot>>>();
      for (int r = 0; r < 2; r++) {
        readers.add(threads.submit(() -> readUntil(done)));
      }
      var root = new SplittableRandom(42);
      var writers = new ArrayList<Future<?>>();
      for (int w = 0; w < 8; w++) {
        var random = root.split();
        writers.add(threads.submit(() -> write(random, apps)));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      done.set(true);
      for (var reader : readers) {
        snapshots.addAll(reader.get());
      }
    }
    var events = it.events();
    snapshots.sort(Comparator.comparingLong(Snapshot::revision));
    var fold = new LogFold();
    var next = events.iterator();
    for (Snapshot snapshot : snapshots) {
      while (fold.revision < snapshot.revision()) {
        fold.apply(next.next());
      }
      assertEquals(fold.grants, snapshot.grants(), "at " + snapshot.revision());
    }
  }

  private record Snapshot(long revision, TreeMap<GrantKey, Grant> grants) {}

  private List<Snapshot> readUntil(AtomicBoolean done) {
    var seen = new ArrayList<Snapshot>();
    while (!done.get() && seen.size() < 500) {
      var page = it.reads.grants(new GrantFilter(null, null, ANY_STATE), rows(1_000), null);
      var grants = new TreeMap<GrantKey, Grant>();
      page.value().rows().forEach(view -> grants.put(view.grant().key(), view.grant()));
      seen.add(new Snapshot(page.revision().number(), grants));
    }
    return seen;
  }

  private void write(SplittableRandom random, List<String> apps) {
    for (int i = 0; i < 60; i++) {
      String account = "a" + random.nextInt(10);
      String app = apps.get(random.nextInt(apps.size()));
      AppId id = new AppId(app);
      try {
        switch (random.nextInt(12)) {
          case 0 -> it.execute(new RevokeAppStep(ADMIN, id, "all"));
          case 1 -> it.execute(new SuspendApp(ADMIN, id, "stop"));
          case 2, 3 -> it.execute(new ResumeApp(ADMIN, id, ""));
          case 4 ->
              it.put(app, manifest("v" + random.nextInt(3), List.of("read"), List.of("write")));
          case 5, 6, 7 -> it.revoke(account, app);
          default -> it.grant(account, app);
        }
      } catch (RefusedException e) {
        assertFalse(e.refusal() instanceof Refusal.StoreUnavailable, e.toString());
      }
    }
  }
}
