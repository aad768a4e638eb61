package dev.consentry.server.store;

import static dev.consentry.server.store.HeldCommitter.DEADLINE;
import static dev.consentry.server.store.HeldCommitter.await;
import static dev.consentry.server.store.HeldCommitter.start;
import static dev.consentry.server.store.HeldCommitter.until;
import static dev.consentry.server.store.StoreFixture.ANY_STATE;
import static dev.consentry.server.store.StoreFixture.key;
import static dev.consentry.server.store.StoreFixture.refusalOf;
import static dev.consentry.server.store.StoreFixture.rows;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.ConsentReads.EventFilter;
import dev.consentry.server.consent.ConsentReads.GrantFilter;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is acknowledged lasts, and what does not last is not told. */
final class H2DurabilityTest {
  @TempDir private Path temporary;
  private Path data;

  @BeforeEach
  void nameDirectory() {
    data = temporary.resolve("data");
  }

  /** Syncs when it is let, or fails to. */
  private static final class GatedH2 extends H2Backend {
    private volatile CountDownLatch hold = new CountDownLatch(0);
    private final AtomicBoolean fails = new AtomicBoolean();
    private final AtomicBoolean syncing = new AtomicBoolean();

    GatedH2(Path data) {
      super(DataDirectory.hold(data));
    }

    @Override
    void sync(Connection connection) throws SQLException {
      syncing.set(true);
      await(hold);
      if (fails.get()) {
        throw new SQLException("no space left");
      }
      super.sync(connection);
      syncing.set(false);
    }
  }

  /** Tells of a change before it is on the disk. */
  private static final class EagerCommitter extends GroupCommitter {
    private final Backend backend;

    EagerCommitter(
        ConsentStore store,
        ForwardClock clock,
        GrantChanges changes,
        Consumer<Throwable> onFailStop) {
      super(store.backend, store.gate, clock, changes, onFailStop);
      this.backend = store.backend;
    }

    static GroupCommitter started(
        ConsentStore store,
        ForwardClock clock,
        GrantChanges changes,
        Consumer<Throwable> onFailStop) {
      var committer = new EagerCommitter(store, clock, changes, onFailStop);
      committer.start();
      return committer;
    }

    @Override
    CompletableFuture<Void> settle(Connection connection, Revision reached, List<Event> events)
        throws SQLException {
      var told = publish(reached, events);
      backend.sync(connection);
      return told;
    }
  }

  @Test
  void reads_ofAnUnsyncedRevision_waitForTheSync() {
    assertEquals(List.of(), toldBeforeTheSync(ConsentStore::writer));
  }

  @Test
  void reads_ofAMutantThatPublishesFirst_areCaught() {
    var told = toldBeforeTheSync(EagerCommitter::started);
    assertTrue(told.contains("load"), told.toString());
    assertTrue(told.contains("changes"), told.toString());
  }

  /** What anybody heard of a revoke that is committed, and not yet synced. */
  private List<String> toldBeforeTheSync(StoreFixture.Writers writers) {
    var backend = new GatedH2(data);
    try (var it = new StoreFixture(ConsentStore.open(backend, DEADLINE), writers)) {
      it.put("app");
      long before = it.grant("acme", "app").revision().number();
      int followed = it.followed.size();
      var hold = new CountDownLatch(1);
      backend.syncing.set(false);
      backend.hold = hold;
      var key = key("acme", "app");
      var revoke =
          start(it.writer, new Revoke(StoreFixture.ADMIN, key, false, null, ""), () -> false);
      until(backend.syncing::get, "the sync has begun");
      // With the commit done, the change is what any statement sees.
      var answers = new ArrayList<Answer>();
      answers.add(answer("load", () -> it.source.load(List.of(key)).revision().number()));
      answers.add(answer("position", () -> it.source.position().number()));
      answers.add(answer("get", () -> it.reads.appAndGrant(key).revision().number()));
      answers.add(answer("app", () -> it.reads.app(key.app(), 0).revision().number()));
      answers.add(answer("count", () -> it.reads.countActiveGrants(key.app()).revision().number()));
      var all = new GrantFilter(null, null, ANY_STATE);
      answers.add(answer("list", () -> it.reads.grants(all, rows(9), null).revision().number()));
      var log = new EventFilter(null, null, EnumSet.allOf(EventType.class), null, null, true);
      answers.add(answer("log", () -> it.reads.events(log, rows(9), null).revision().number()));
      for (Answer answer : answers) {
        until(() -> answer.isWaiting() || answer.revision().isDone(), answer.name());
      }
      var told = new ArrayList<String>();
      answers.stream().filter(a -> a.revision().isDone()).forEach(a -> told.add(a.name()));
      if (it.followed.size() > followed) {
        told.add("changes");
      }
      if (revoke.isDone()) {
        told.add("caller");
      }
      hold.countDown();
      assertEquals(before + 1, revoke.join().revision().number());
      answers.forEach(a -> assertEquals(before + 1, a.revision().join()));
      return told;
    }
  }

  @Test
  void reads_syncTakesTooLong_areRefused() {
    var backend = new GatedH2(data);
    try (var it = new StoreFixture(ConsentStore.open(backend, Duration.ofMillis(1)))) {
      var hold = new CountDownLatch(1);
      backend.syncing.set(false);
      backend.hold = hold;
      var put = start(it.writer, it.putOf("app"), () -> false);
      until(backend.syncing::get, "the sync has begun");
      assertInstanceOf(Refusal.StoreUnavailable.class, refusalOf(it.source::position));
      hold.countDown();
      assertEquals(put.join().revision(), it.source.position());
    }
  }

  private record Answer(String name, Thread thread, CompletableFuture<Long> revision) {
    boolean isWaiting() {
      return thread.getState() == Thread.State.TIMED_WAITING
          && List.of(thread.getStackTrace()).stream()
              .anyMatch(frame -> frame.getClassName().equals(SyncGate.class.getName()));
    }
  }

  private static Answer answer(String name, Supplier<Long> read) {
    var revision = new CompletableFuture<Long>();
    Runnable run =
        () -> {
          try {
            revision.complete(read.get());
          } catch (Throwable t) {
            revision.completeExceptionally(t);
          }
        };
    return new Answer(name, Thread.ofPlatform().start(run), revision);
  }

  @Test
  void execute_syncFails_isUnknownAndEverythingStopsUntilTheNextOpen() {
    var backend = new GatedH2(data);
    long acknowledged;
    try (var it = new StoreFixture(ConsentStore.open(backend, DEADLINE))) {
      it.put("app");
      acknowledged = it.grant("acme", "app").revision().number();
      var hold = new CountDownLatch(1);
      backend.syncing.set(false);
      backend.hold = hold;
      backend.fails.set(true);
      var revoke = new Revoke(StoreFixture.ADMIN, key("acme", "app"), false, null, "");
      var executed = start(it.writer, revoke, () -> false);
      until(backend.syncing::get, "the sync has begun");
      var queued = start(it.writer, revoke, () -> false);
      until(() -> it.writer.waiting() == 1, "one is queued");
      var waiting = answer("load", () -> it.source.position().number());
      until(waiting::isWaiting, "a read waits");
      hold.countDown();
      assertInstanceOf(Refusal.OutcomeUnknown.class, HeldCommitter.refusalOf(executed));
      assertInstanceOf(Refusal.StoreUnavailable.class, HeldCommitter.refusalOf(queued));
      assertInstanceOf(Refusal.StoreUnavailable.class, HeldCommitter.refusalOf(waiting.revision()));
      until(() -> it.failStops.size() == 1, "the composition root hears of it");
      for (Runnable call :
          List.<Runnable>of(
              () -> it.put("late"),
              () -> it.source.load(List.of(key("acme", "app"))),
              () -> it.reads.appAndGrant(key("acme", "app")))) {
        assertInstanceOf(Refusal.StoreUnavailable.class, refusalOf(call));
      }
      assertEquals(2, it.followed.size(), "decisions hear of nothing that may be lost");
    }
    try (var it = new StoreFixture(ConsentStore.openDirectory(data))) {
      long now = it.source.position().number();
      assertTrue(now == acknowledged || now == acknowledged + 1, "at " + now);
      LogFold.of(it.events(), now);
      assertEquals(now + 1, it.put("after").revision().number());
    }
  }

  @Test
  void execute_changesRefuseToFollow_stops() {
    var store = ConsentStore.openDirectory(data);
    var failures = new ArrayList<Throwable>();
    GrantChanges broken =
        (reached, changes) -> {
          throw new IllegalStateException("cannot follow");
        };
    var it =
        new StoreFixture(
            store, (s, clock, changes, stop) -> s.writer(clock, broken, failures::add));
    assertInstanceOf(Refusal.OutcomeUnknown.class, refusalOf(() -> it.put("app")));
    until(() -> failures.size() == 1, "the composition root hears of it");
    it.close();
  }

  @Test
  void execute_databaseGone_stops() throws SQLException {
    var backend = new GatedH2(data);
    var it = new StoreFixture(ConsentStore.open(backend));
    it.put("app");
    try (var connection = backend.migrations().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("SHUTDOWN IMMEDIATELY");
    }
    assertInstanceOf(Refusal.StoreUnavailable.class, refusalOf(() -> it.put("other")));
    until(() -> it.failStops.size() == 1, "the composition root hears of it");
    it.close();
    try (var again = new StoreFixture(ConsentStore.openDirectory(data))) {
      assertEquals(1, again.source.position().number());
    }
  }

  @Test
  void open_again_keepsEverythingInANewEpoch() {
    var first = new StoreFixture(ConsentStore.openDirectory(data));
    first.put("app");
    var granted = first.grant("acme", "app");
    first.close();
    try (var it = new StoreFixture(ConsentStore.openDirectory(data))) {
      assertEquals(StoreFixture.START, it.store.lastEventTime());
      assertEquals(granted.revision().number(), it.source.position().number());
      assertNotEquals(granted.revision().epoch(), it.source.position().epoch());
      assertEquals(List.of(granted.value()), it.grants());
      LogFold.of(it.events(), 2);
    }
  }

  @Test
  void open_directoryInUse_isRefusedByName() {
    try (var it = new StoreFixture(ConsentStore.openDirectory(data))) {
      String refused =
          assertThrows(StoreException.class, () -> ConsentStore.openDirectory(data)).getMessage();
      assertEquals(
          "`%s` is in use by process %d: stop it, or name another directory"
              .formatted(data, ProcessHandle.current().pid()),
          refused);
      it.put("still-writes");
    }
  }

  @Test
  void open_directoryOfSomethingElse_isRefusedAndLeftAlone() throws IOException {
    Files.createDirectory(
        data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Files.createFile(data.resolve("thesis.txt"));
    assertThrows(StoreException.class, () -> ConsentStore.openDirectory(data));
    assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(data)));
    assertThrows(StoreException.class, () -> ConsentStore.openDirectory(temporary.resolve("a;b")));
  }

  @Test
  void open_newDirectory_isForItsOwnerOnly() throws IOException {
    ConsentStore.openDirectory(data).close();
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(data)));
  }

  @Test
  void backup_whileWriting_restoresToAPrefixWithEverythingAcknowledgedBefore() {
    Path file = temporary.resolve("backup.zip");
    List<GrantView> all;
    long acknowledged;
    try (var it = new StoreFixture(ConsentStore.openDirectory(data))) {
      it.put("app");
      it.all(List.of(1, 2, 3), i -> it.grant("first-" + i, "app"));
      acknowledged = it.source.position().number();
      var stop = new AtomicBoolean();
      var writing =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; !stop.get(); i++) {
                  it.grant("while-" + i, "app");
                }
              },
              task -> Thread.startVirtualThread(task));
      it.store.backup(file);
      stop.set(true);
      writing.join();
      all = it.grants();
      assertThrows(StoreException.class, () -> it.store.backup(file));
      assertEquals(Set.of("data", "backup.zip"), names(temporary));
    }
    Path restored = temporary.resolve("restored");
    ConsentStore.restore(file, restored);
    assertEquals(Set.of("consentry.lock", "consentry.mv.db"), names(restored));
    try (var it = new StoreFixture(ConsentStore.openDirectory(restored))) {
      long at = it.source.position().number();
      assertTrue(at >= acknowledged, at + " is not before " + acknowledged);
      LogFold.of(it.events(), at);
      assertTrue(all.containsAll(it.grants()));
      assertEquals(at + 1, it.put("goes-on").revision().number());
    }
    assertEquals(
        "`%s` is not empty: restore into an empty directory".formatted(restored),
        assertThrows(StoreException.class, () -> ConsentStore.restore(file, restored))
            .getMessage());
  }

  @Test
  void restore_ofWhatIsNoBackup_leavesNothing() throws IOException {
    Path text = Files.writeString(temporary.resolve("text.zip"), "not a zip");
    Path foreign = temporary.resolve("foreign.zip");
    try (var zip = new ZipOutputStream(Files.newOutputStream(foreign))) {
      zip.putNextEntry(new ZipEntry(DataDirectory.DATABASE_FILE_NAME));
      zip.write(new byte[20_000]);
    }
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    for (Path file : List.of(text, foreign, temporary.resolve("missing.zip"))) {
      assertThrows(StoreException.class, () -> ConsentStore.restore(file, data));
      assertFalse(Files.exists(data));
      assertThrows(StoreException.class, () -> ConsentStore.restore(file, empty));
      assertEquals(Set.of(), names(empty));
    }
  }

  @Test
  void open_afterARestoreCutShort_isRefused() throws IOException {
    Files.createDirectories(data.resolve(DataDirectory.RESTORING_NAME));
    Files.createFile(data.resolve(DataDirectory.LOCK_NAME));
    assertThrows(StoreException.class, () -> ConsentStore.openDirectory(data));
  }

  @Test
  void backup_ofAMemoryStore_isRefused() {
    try (var it = new StoreFixture(ConsentStore.openMemory())) {
      Path file = temporary.resolve("backup.zip");
      assertThrows(StoreException.class, () -> it.store.backup(file));
      assertEquals(Set.of(), names(temporary));
      it.put("app");
      assertEquals(1, it.reads.app(new AppId("app"), 1).revision().number());
    }
  }

  private static Set<String> names(Path directory) {
    try (var entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toSet());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
