package dev.consentry.server.consent;

import static dev.consentry.server.consent.Given.ADMIN;
import static dev.consentry.server.consent.Given.OPERATOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.consentry.server.consent.Ruling.Accepted;
import dev.consentry.server.consent.Ruling.Refused;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.Standing;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands of a few administrators on a few apps and accounts, one after the other. After
 * each step everything that must hold is checked; {@link MemoryRows} checks each event by itself.
 */
final class RulesWalkTest {
  private static final int STEPS = 3_000;
  private static final List<String> SCOPES = List.of("a", "b", "c", "d");
  private static final List<AppId> APPS = List.of(new AppId("x"), new AppId("y"));
  private static final List<AccountId> ACCOUNTS =
      List.of(new AccountId("1"), new AccountId("2"), new AccountId("3"));

  private final MemoryRows rows = new MemoryRows();
  private final Map<AppId, Map<Integer, Manifest>> versions = new HashMap<>();
  private final Map<GrantKey, Standing> followed = new TreeMap<>();
  private final Set<String> seen = new HashSet<>();
  private final List<Command<?>> remembered = new ArrayList<>();
  private int followedUpTo;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void decide_randomCommands_keepWhatMustHold(long seed) {
    var random = new SplittableRandom(seed);
    for (int step = 0; step < STEPS; step++) {
      int microsMax = random.nextInt(20) == 0 ? 100_000_000 : 2_000_000;
      rows.advance(Duration.of(random.nextInt(microsMax), ChronoUnit.MICROS));
      Command<?> command = command(random);
      Map<GrantKey, Decision> before = decisions();
      Revision revision = rows.revision();
      Ruling<?> ruling = rows.execute(command);
      checkRuling(command, ruling, revision);
      follow();
      checkRows();
      if (command instanceof DeleteApp || command instanceof SweepExpired) {
        checkDenied(before);
      }
      if (ruling instanceof Accepted<?>) {
        checkPromise(command);
      }
    }
    for (var outcome : List.of("Accepted", "Replayed", "Refused")) {
      assertTrue(seen.contains("Authorize " + outcome), "never seen: Authorize " + outcome);
    }
    for (EventType type : EventType.values()) {
      assertTrue(seen.contains(type.name()), "never seen: " + type);
    }
  }

  private Command<?> command(SplittableRandom random) {
    AppId app = any(random, APPS);
    GrantKey key = new GrantKey(any(random, ACCOUNTS), app);
    if (!remembered.isEmpty() && random.nextInt(10) == 0) {
      return any(random, remembered);
    }
    return switch (random.nextInt(16)) {
      case 0, 1 -> new PutApp(OPERATOR, app, manifest(random), null);
      case 2 -> new SuspendApp(OPERATOR, app, "");
      case 3, 4 -> new ResumeApp(OPERATOR, app, "");
      case 5 -> new DeleteApp(OPERATOR, app, random.nextBoolean(), "");
      case 6 -> new RevokeAppStep(OPERATOR, app, "");
      case 7, 8 -> new SweepExpired();
      case 9, 10 -> new Revoke(ADMIN, key, random.nextBoolean(), requestId(random), "");
      default -> authorize(random, key);
    };
  }

  private Authorize authorize(SplittableRandom random, GrantKey key) {
    App app = rows.app(key.app());
    return new Authorize(
        ADMIN,
        key,
        scopes(random, random.nextInt(3)),
        app == null || random.nextInt(10) == 0 ? 1 : app.manifestVersion(),
        random.nextBoolean() ? null : rows.now().plusSeconds(random.nextInt(-1, 30)),
        random.nextBoolean(),
        random.nextInt(8) == 0 ? rows.revision() : null,
        requestId(random),
        "");
  }

  /** Some come again, with other content; whole commands are sent again too. */
  private static @Nullable UUID requestId(SplittableRandom random) {
    return random.nextBoolean() ? new UUID(0, random.nextInt(500)) : null;
  }

  private static Manifest manifest(SplittableRandom random) {
    List<Scope> declared = scopes(random, random.nextInt(1, 5)).stream().distinct().toList();
    int required = random.nextInt(declared.size() + 1);
    List<AppScope> all = declared.stream().map(s -> new AppScope(s, "")).toList();
    return new Manifest(
        "x", "", "", "", "", all.subList(0, required), all.subList(required, all.size()));
  }

  private static List<Scope> scopes(SplittableRandom random, int size) {
    var scopes = new ArrayList<Scope>();
    while (scopes.size() < size) {
      scopes.add(new Scope(any(random, SCOPES)));
    }
    return scopes;
  }

  private static <T> T any(SplittableRandom random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private void checkRuling(Command<?> command, Ruling<?> ruling, Revision before) {
    seen.add(command.getClass().getSimpleName() + " " + ruling.getClass().getSimpleName());
    long events = ruling instanceof Accepted<?> accepted ? accepted.events().size() : 0;
    assertEquals(before.number() + events, rows.revision().number(), "one revision an event");
    if (ruling instanceof Refused<?>) {
      assertEquals(ruling, rows.execute(command), "a refusal changes nothing");
    }
    if (ruling instanceof Accepted<?> && command.request() != null) {
      remembered.add(command);
      assertInstanceOf(Ruling.Replayed.class, rows.execute(command), "once is enough");
      assertEquals(before.number() + events, rows.revision().number());
    }
  }

  /** Takes over new events as a table does, and collects what was ever registered. */
  private void follow() {
    for (Event event : rows.events().subList(followedUpTo, rows.events().size())) {
      seen.add(event.type().name());
      assertEquals(event.type() == EventType.EXPIRED, event.actor() == null);
      switch (GrantChanges.Change.of(event)) {
        case GrantChanges.GrantChange change -> followed.put(change.key(), change.standing());
        case GrantChanges.NoDecisionChange _ -> {}
        case GrantChanges.AppChange change ->
            followed.replaceAll((key, standing) ->
                key.app().equals(change.app())
                    ? standing.withAppSuspended(change.suspended())
                    : standing);
        case GrantChanges.UnknownChange unknown -> fail(unknown::toString);
      }
      if (event.subject() instanceof Event.OfApp(App before, App after)) {
        checkApp(before, after);
      }
      if (event.subject() instanceof Event.OfGrant(Grant before, Grant after, App app)) {
        checkGrant(event, before, after, app);
      }
    }
    followedUpTo = rows.events().size();
  }

  private void checkApp(@Nullable App before, App after) {
    Map<Integer, Manifest> ofApp = versions.computeIfAbsent(after.id(), _ -> new TreeMap<>());
    if (before == null || before.manifestVersion() != after.manifestVersion()) {
      assertEquals(ofApp.size() + 1, after.manifestVersion(), "versions are 1, 2, 3…");
      ofApp.put(after.manifestVersion(), after.manifest());
    }
    assertEquals(ofApp.get(after.manifestVersion()), after.manifest(), "a version never changes");
    assertEquals(after.state() == AppState.SUSPENDED, after.suspended());
  }

  private void checkGrant(Event event, @Nullable Grant before, Grant after, App app) {
    assertFalse(after.scopes().isEmpty());
    boolean fresh = event.type() == EventType.GRANTED || event.type() == EventType.REPLACED;
    if (fresh) {
      assertEquals(AppState.ACTIVE, app.state(), "only an active app is granted anything");
      assertEquals(app.manifestVersion(), after.manifestVersion());
      assertTrue(after.scopes().containsAll(app.manifest().required().asList()));
      assertTrue(
          after.scopes().asList().stream()
              .allMatch(s ->
                  app.manifest().required().contains(s) || app.manifest().optional().contains(s)));
      assertEquals(
          event.type() == EventType.REPLACED,
          before != null && before.stateAt(event.time()) == GrantState.ACTIVE);
    } else {
      assertEquals(Objects.requireNonNull(before).scopes(), after.scopes());
      assertEquals(GrantState.ACTIVE, before.state(), "what has ended ends no more");
    }
    assertEquals(event.type() == EventType.REVOKED, after.revocation() != null);
  }

  /** What followers know is what the rows say. */
  private void checkRows() {
    for (Grant grant : rows.grants()) {
      App app = rows.app(grant.key().app());
      assertNotNull(app);
      assertEquals(
          new Standing(app.suspended(), grant.terms()), followed.get(grant.key()), "followed");
      boolean active = grant.stateAt(rows.now()) == GrantState.ACTIVE;
      assertFalse(active && app.state() == AppState.DELETED, "active without an app");
      assertEquals(
          active && !app.suspended(), decisions().get(grant.key()) instanceof Decision.Allow);
    }
    assertEquals(rows.grants().size(), followed.size());
  }

  /** Deleting and sweeping let nobody in. */
  private void checkDenied(Map<GrantKey, Decision> before) {
    decisions()
        .forEach((key, after) ->
            assertEquals(
                before.get(key) instanceof Decision.Allow,
                after instanceof Decision.Allow,
                "deleting or sweeping changed a decision"));
  }

  /** What the caller may rely on from then on. */
  private void checkPromise(Command<?> command) {
    switch (command) {
      case Authorize a ->
          assertInstanceOf(Decision.Allow.class, decisions().get(a.key()), "granted");
      case Revoke revoke -> denied(revoke.key());
      case RevokeAppStep step -> ACCOUNTS.forEach(a -> denied(new GrantKey(a, step.app())));
      case SuspendApp suspend ->
          ACCOUNTS.forEach(account -> {
            var key = new GrantKey(account, suspend.id());
            if (followed.containsKey(key)) {
              assertEquals(DenyReason.APP_SUSPENDED, denied(key).reason());
            }
          });
      case DeleteApp delete -> ACCOUNTS.forEach(a -> denied(new GrantKey(a, delete.id())));
      case PutApp _, ResumeApp _, SweepExpired _ -> {}
    }
  }

  private Decision.Deny denied(GrantKey key) {
    return assertInstanceOf(Decision.Deny.class, decide(key));
  }

  private Map<GrantKey, Decision> decisions() {
    var decisions = new TreeMap<GrantKey, Decision>();
    followed.keySet().forEach(key -> decisions.put(key, decide(key)));
    return decisions;
  }

  /** Asks for all that was ever agreed to; without a grant, for something. */
  private Decision decide(GrantKey key) {
    Grant grant = rows.grant(key);
    List<Scope> asked = grant == null ? List.of(new Scope("a")) : grant.scopes().asList();
    return Decision.decide(
        new CheckQuestion(key, asked),
        followed.getOrDefault(key, Standing.NONE),
        ChronoUnit.MICROS.between(Instant.EPOCH, rows.now()));
  }
}
