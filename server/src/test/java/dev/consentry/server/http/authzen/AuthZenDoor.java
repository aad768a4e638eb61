package dev.consentry.server.http.authzen;

import com.google.common.collect.Lists;
import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.AppScope;
import dev.consentry.server.consent.Authorize;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.consent.PutApp;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.consent.SuspendApp;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.AuthZenSettings;
import dev.consentry.server.http.HttpCall;
import dev.consentry.server.http.HttpRoute;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Rights;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.GroupCommitter;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory, a table, and the door before them. Its wall clock stands still until it is
 * moved. Whoever shows no credential may do everything; others are known by their bearer token.
 */
final class AuthZenDoor implements AutoCloseable {
  static final Instant START = Instant.parse("2026-11-01T12:00:00Z");
  static final AuthZenSettings SETTINGS =
      new AuthZenSettings(URI.create("https://pdp.example.com"), "app", "account");

  private static final long TABLE_BYTES = 1 << 20;

  /** The writer's queue has room for all of them. */
  private static final int GRANTS_AT_ONCE = 500;

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final ExecutorService virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final ConsentStore store = ConsentStore.openMemory();
  private final GroupCommitter writer;
  private final ConsentReads reads;
  private final GrantTable table;
  private final Counters counters = new Counters();
  private final Map<String, Caller> callers = new HashMap<>();
  private final List<HttpRoute> routes;

  private AuthZenDoor(
      AuthZenSettings settings,
      UnaryOperator<DecisionPoint> aroundTable,
      UnaryOperator<ConsentReads> aroundReads) {
    var clock = new ForwardClock(now::get);
    var freshness = new Freshness(System::nanoTime, clock, Duration.ofSeconds(2));
    table = GrantTable.embedded(store.source(), freshness, TABLE_BYTES, 42, virtualThreads);
    writer = store.writer(clock, table, _ -> {});
    reads = store.reads(clock);
    routes =
        new AuthZen(
                settings,
                aroundTable.apply(table),
                aroundReads.apply(reads),
                new Listed(),
                virtualThreads,
                counters)
            .routes();
  }

  static AuthZenDoor open() {
    return open(SETTINGS);
  }

  static AuthZenDoor open(AuthZenSettings settings) {
    return new AuthZenDoor(settings, UnaryOperator.identity(), UnaryOperator.identity());
  }

  static AuthZenDoor openWithTable(UnaryOperator<DecisionPoint> around) {
    return new AuthZenDoor(SETTINGS, around, UnaryOperator.identity());
  }

  static AuthZenDoor openWithReads(UnaryOperator<ConsentReads> around) {
    return new AuthZenDoor(SETTINGS, UnaryOperator.identity(), around);
  }

  /** Callers by their tokens; they have to be looked into where the token says so. */
  private final class Listed implements CallerOf {
    @Override
    public @Nullable Caller known(HttpCall call) {
      List<String> shown = call.headers("authorization");
      return !shown.isEmpty() && shown.getFirst().contains("slow") ? null : identify(call);
    }

    @Override
    public Caller identify(HttpCall call) {
      List<String> shown = call.headers("authorization");
      Caller caller =
          shown.isEmpty() ? Caller.LOCAL : callers.get(shown.getFirst().replace("Bearer ", ""));
      if (caller == null) {
        throw new RefusedException(new Refusal.Unauthenticated("the token is not valid"));
      }
      return caller;
    }
  }

  /** A token is good from now on; the caller is named {@code token:} and the token. */
  AuthZenDoor caller(String token, Binding... bindings) {
    var rights = Rights.of(List.of(bindings));
    callers.put(token, new Caller(new Actor("token:" + token), rights));
    return this;
  }

  void takeBack(String token) {
    callers.remove(token);
  }

  void advance(Duration time) {
    now.updateAndGet(before -> before.plus(time));
  }

  Counters counters() {
    return counters;
  }

  List<HttpRoute> routes() {
    return routes;
  }

  /** Where the store is. */
  Revision revision() {
    return reads.app(new AppId("none"), 0).revision();
  }

  private <R> void execute(Command<R> command) {
    var _ = writer.execute(command, () -> false);
  }

  /** Registers an app by its optional scopes. */
  AuthZenDoor app(String app, String... scopes) {
    List<AppScope> declared =
        Arrays.stream(scopes).map(s -> new AppScope(new Scope(s), "to " + s)).toList();
    execute(
        new PutApp(
            Actor.LOCAL,
            new AppId(app),
            new Manifest("App " + app, "", "", "", "", List.of(), declared),
            null));
    return this;
  }

  /** Grants these of the app's optional scopes, for ever. */
  AuthZenDoor grant(String account, String app, String... scopes) {
    return grantUntil(null, account, app, scopes);
  }

  AuthZenDoor grantUntil(@Nullable Instant end, String account, String app, String... scopes) {
    execute(
        new Authorize(
            Actor.LOCAL,
            new GrantKey(new AccountId(account), new AppId(app)),
            Arrays.stream(scopes).map(Scope::new).toList(),
            1,
            end,
            false,
            null,
            null,
            ""));
    return this;
  }

  /** All at once, so that they share batches. */
  void grantAll(List<String> accounts, String app, String... scopes) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (List<String> some : Lists.partition(accounts, GRANTS_AT_ONCE)) {
        some.stream()
            .map(account -> CompletableFuture.runAsync(() -> grant(account, app, scopes), threads))
            .toList()
            .forEach(CompletableFuture::join);
      }
    }
  }

  AuthZenDoor revoke(String account, String app) {
    execute(
        new Revoke(
            Actor.LOCAL,
            new GrantKey(new AccountId(account), new AppId(app)),
            false,
            null,
            "enough"));
    return this;
  }

  AuthZenDoor suspend(String app) {
    execute(new SuspendApp(Actor.LOCAL, new AppId(app), "stop"));
    return this;
  }

  /** Sends it to whatever answers there. */
  Reply send(FakeCall call) {
    begin(call);
    return call.reply();
  }

  void begin(FakeCall call) {
    routes.stream()
        .filter(
            route -> route.path().equals(call.path()) && route.methods().contains(call.method()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no route for " + call.path()))
        .service()
        .answer(call);
  }

  static FakeCall call(String path, String json) {
    return new FakeCall("POST", path, json.getBytes(StandardCharsets.UTF_8))
        .with("Content-Type", "application/json");
  }

  Reply post(String path, String json) {
    return send(call(path, json));
  }

  Reply postAs(String token, String path, String json) {
    return send(call(path, json).with("Authorization", "Bearer " + token));
  }

  Reply evaluate(String json) {
    return post(AuthZen.EVALUATION, json);
  }

  Reply evaluateAll(String json) {
    return post(AuthZen.EVALUATIONS, json);
  }

  /** The request of one evaluation. */
  static String evaluation(String app, String scope, String account) {
    return """
    {"subject":{"type":"app","id":"%s"},"action":{"name":"%s"},
     "resource":{"type":"account","id":"%s"}}\
    """
        .formatted(app, scope, account);
  }

  boolean allows(String app, String scope, String account) {
    return evaluate(evaluation(app, scope, account)).decision();
  }

  @Override
  public void close() {
    writer.close();
    virtualThreads.close();
    store.close();
  }
}
