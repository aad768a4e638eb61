package dev.consentry.server.store;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.App;
import dev.consentry.server.consent.AppScope;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Authorize;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.ConsentReads.EventFilter;
import dev.consentry.server.consent.ConsentReads.GrantFilter;
import dev.consentry.server.consent.ConsentReads.PageLimit;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.consent.PutApp;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.Standing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An open store with a writer, a clock to set, and what it told of. */
final class StoreFixture implements AutoCloseable {
  static final Actor ADMIN = new Actor("admin");
  static final Instant START = Instant.parse("2026-11-01T12:00:00Z");
  static final Set<GrantState> ANY_STATE = EnumSet.allOf(GrantState.class);

  final AtomicReference<Instant> wall = new AtomicReference<>(START);
  final ForwardClock clock = new ForwardClock(wall::get);
  final List<GrantChanges.Change> followed = new CopyOnWriteArrayList<>();
  final GrantChanges changes =
      (reached, changes) -> {
        followed.addAll(changes);
        return GrantChanges.NOBODY.follow(reached, changes);
      };
  final List<Throwable> failStops = new CopyOnWriteArrayList<>();
  final ConsentStore store;
  final GroupCommitter writer;
  final ConsentReads reads;
  final GrantSource source;

  StoreFixture(ConsentStore store) {
    this(store, ConsentStore::writer);
  }

  /** Makes the writer under test. */
  interface Writers {
    GroupCommitter writer(
        ConsentStore store,
        ForwardClock clock,
        GrantChanges changes,
        Consumer<Throwable> onFailStop);
  }

  StoreFixture(ConsentStore store, Writers writers) {
    this.store = store;
    this.writer = writers.writer(store, clock, changes, failStops::add);
    this.reads = store.reads(clock);
    this.source = store.source();
  }

  @Override
  public void close() {
    writer.close();
    store.close();
  }

  static GrantKey key(String account, String app) {
    return new GrantKey(new AccountId(account), new AppId(app));
  }

  static List<Scope> scopes(String... names) {
    return Arrays.stream(names).map(Scope::new).toList();
  }

  static Manifest manifest(String name, List<String> required, List<String> optional) {
    return new Manifest(
        name, "Publisher", "https://p.example", "", "", declared(required), declared(optional));
  }

  private static List<AppScope> declared(List<String> names) {
    return names.stream().map(n -> new AppScope(new Scope(n), "to " + n)).toList();
  }

  <R> At<R> execute(Command<R> command) {
    return writer.execute(command, () -> false);
  }

  At<App> put(String app) {
    return execute(putOf(app));
  }

  PutApp putOf(String app) {
    return new PutApp(
        ADMIN,
        new AppId(app),
        manifest("App " + app, List.of("read"), List.of("write", "admin")),
        null);
  }

  At<App> put(String app, Manifest manifest) {
    return execute(new PutApp(ADMIN, new AppId(app), manifest, null));
  }

  At<GrantView> grant(String account, String app) {
    return execute(grantOf(account, app, null, null));
  }

  Authorize grantOf(
      String account, String app, @Nullable Instant expiry, @Nullable UUID requestId) {
    int version = reads.app(new AppId(app), 0).value().map(App::manifestVersion).orElse(1);
    return new Authorize(
        ADMIN,
        key(account, app),
        scopes("write"),
        version,
        expiry,
        false,
        null,
        requestId,
        "because");
  }

  At<Optional<GrantView>> revoke(String account, String app) {
    return execute(new Revoke(ADMIN, key(account, app), false, null, "enough"));
  }

  /** Does this for all of them at once, so that they share batches. */
  <T> void all(List<T> of, Consumer<T> action) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var done = of.stream().map(t -> threads.submit(() -> action.accept(t))).toList();
      for (Future<?> each : done) {
        each.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  static Refusal refusalOf(Runnable call) {
    try {
      call.run();
    } catch (RefusedException e) {
      return e.refusal();
    }
    throw new AssertionError("was not refused");
  }

  /** As written down; null if there is no grant. */
  @Nullable GrantState stateOf(GrantKey key) {
    Standing standing = Objects.requireNonNull(source.load(List.of(key)).standings().get(key));
    return standing.terms() == null ? null : standing.terms().state();
  }

  static <T> PageLimit<T> rows(int rows) {
    return new PageLimit<>(rows, Long.MAX_VALUE, row -> 1);
  }

  /** All pages of this many rows, one after the other. */
  List<GrantView> grants(GrantFilter filter, int rowsPerPage) {
    var all = new ArrayList<GrantView>();
    GrantKey after = null;
    while (true) {
      var page = reads.grants(filter, rows(rowsPerPage), after).value();
      all.addAll(page.rows());
      if (!page.more()) {
        return all;
      }
      after = page.rows().getLast().grant().key();
    }
  }

  List<GrantView> grants() {
    return grants(new GrantFilter(null, null, ANY_STATE), 1_000);
  }

  /** Those with a grant in this state. */
  List<String> accounts(GrantState state) {
    return grants(new GrantFilter(null, null, EnumSet.of(state)), 1).stream()
        .map(view -> view.grant().key().account().value())
        .toList();
  }

  List<App> apps() {
    return reads.apps(EnumSet.allOf(AppState.class), rows(10_000), null).value().rows();
  }

  List<Event> events(@Nullable String account, @Nullable String app) {
    var filter =
        new EventFilter(
            account == null ? null : new AccountId(account),
            app == null ? null : new AppId(app),
            EnumSet.allOf(EventType.class),
            null,
            null,
            true);
    return reads.events(filter, rows(1_000_000), null).value().rows();
  }

  List<Event> events() {
    return events(null, null);
  }
}
