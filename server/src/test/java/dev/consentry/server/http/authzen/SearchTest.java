package dev.consentry.server.http.authzen;

import static dev.consentry.server.http.authzen.AuthZenDoor.evaluation;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Extent;
import dev.consentry.server.security.Rights;
import dev.consentry.server.security.Role;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What searches find is what evaluations allow, in what the caller may read: no more, no less. */
final class SearchTest {
  private static final long SEED = 7_002;
  private static final List<String> APPS = List.of("App", "app", "app-2", "cal", "mail");
  private static final List<String> ACCOUNTS = List.of("Acme", "acme", "acme!", "b", "globex");
  private static final List<String> SCOPES = List.of("read", "reads", "send", "write");
  private static final String EVERYTHING = "everything";

  private static final List<List<Binding>> CALLERS =
      List.of(
          List.of(Binding.everywhere(Role.VIEWER)),
          List.of(Binding.everywhere(Role.OPERATOR)),
          List.of(new Binding(Role.VIEWER, Extent.of(List.of("acme", "b", "none")), Extent.ALL)),
          List.of(new Binding(Role.VIEWER, Extent.ALL, Extent.of(List.of("app", "mail")))),
          List.of(
              new Binding(Role.VIEWER, Extent.of(List.of("acme")), Extent.of(List.of("app"))),
              new Binding(Role.VIEWER, Extent.of(List.of("b")), Extent.of(List.of("mail"))),
              Binding.everywhere(Role.DECIDER)),
          List.of(new Binding(Role.ACCOUNT_ADMIN, Extent.of(List.of("globex")), Extent.ALL)),
          List.of(Binding.everywhere(Role.DECIDER)),
          List.of());

  /** A world in which grants are made, end, and are taken back, and apps are stopped. */
  private static AuthZenDoor world(UnaryOperator<ConsentReads> around) {
    var random = new SplittableRandom(SEED);
    AuthZenDoor door = AuthZenDoor.openWithReads(around);
    APPS.forEach(app -> door.app(app, SCOPES.toArray(String[]::new)));
    for (String account : ACCOUNTS) {
      for (String app : APPS) {
        List<String> scopes = SCOPES.stream().filter(_ -> random.nextInt(3) > 0).toList();
        boolean ends = random.nextInt(4) == 0;
        if (random.nextInt(5) > 0 && !scopes.isEmpty()) {
          door.grantUntil(
              ends ? AuthZenDoor.START.plusSeconds(60) : null,
              account,
              app,
              scopes.toArray(String[]::new));
          if (random.nextInt(5) == 0) {
            door.revoke(account, app);
          }
        }
      }
    }
    door.suspend("cal");
    for (int i = 0; i < CALLERS.size(); i++) {
      door.caller("c" + i, CALLERS.get(i).toArray(Binding[]::new));
    }
    return door.caller(EVERYTHING, Binding.everywhere(Role.VIEWER));
  }

  private static String path(Search search) {
    return switch (search) {
      case SUBJECT -> AuthZen.SEARCH_SUBJECT;
      case RESOURCE -> AuthZen.SEARCH_RESOURCE;
      case ACTION -> AuthZen.SEARCH_ACTION;
    };
  }

  /** All pages of so many results; null if it is refused. */
  private static @Nullable List<String> all(
      AuthZenDoor door, String token, Search search, String json, int limit) {
    var found = new ArrayList<String>();
    String next = "";
    do {
      String page =
          json.substring(0, json.length() - 1)
              + ",\"page\":{\"limit\":%d,\"token\":\"%s\"}}".formatted(limit, next);
      Reply reply = door.postAs(token, path(search), page);
      if (reply.status() == 403) {
        return null;
      }
      assertTrue(reply.found().size() <= limit);
      found.addAll(reply.found());
      next = reply.nextToken();
    } while (!next.isEmpty());
    return found;
  }

  /** What the definition of a search says, one evaluation after the other; null if refused. */
  private static @Nullable List<String> expected(
      AuthZenDoor door, Rights rights, Search search, String app, String scope, String account) {
    return switch (search) {
      case SUBJECT ->
          APPS.stream().noneMatch(a -> rights.mayView(account, a))
              ? null
              : APPS.stream()
                  .filter(a -> rights.mayView(account, a) && door.allows(a, scope, account))
                  .toList();
      case RESOURCE ->
          ACCOUNTS.stream().noneMatch(a -> rights.mayView(a, app))
              ? null
              : ACCOUNTS.stream()
                  .filter(a -> rights.mayView(a, app) && door.allows(app, scope, a))
                  .toList();
      case ACTION ->
          rights.mayView(account, app)
              ? SCOPES.stream().filter(s -> door.allows(app, s, account)).toList()
              : null;
    };
  }

  private static void assertEverySearchHolds(AuthZenDoor door, boolean asThemselves) {
    var random = new SplittableRandom(SEED);
    for (int i = 0; i < CALLERS.size(); i++) {
      Rights rights = Rights.of(CALLERS.get(i));
      String token = asThemselves ? "c" + i : EVERYTHING;
      for (Search search : Search.values()) {
        for (int n = 0; n < 8; n++) {
          String app = APPS.get(random.nextInt(APPS.size()));
          String scope = SCOPES.get(random.nextInt(SCOPES.size()));
          String account = ACCOUNTS.get(random.nextInt(ACCOUNTS.size()));
          int limit = 1 + random.nextInt(5);
          assertEquals(
              expected(door, rights, search, app, scope, account),
              all(door, token, search, evaluation(app, scope, account), limit),
              () ->
                  "%s %s %s %s by %s, seed %d"
                      .formatted(search, app, scope, account, rights, SEED));
        }
      }
    }
  }

  @Test
  void search_everyCallerInARandomWorld_findsWhatEvaluationsAllow() {
    try (AuthZenDoor door = world(UnaryOperator.identity())) {
      assertEverySearchHolds(door, true);
      door.advance(Duration.ofSeconds(60));
      assertEverySearchHolds(door, true);
    }
  }

  @Test
  void search_mutantThatLooksAtNoRights_isFound() {
    try (AuthZenDoor door = world(UnaryOperator.identity())) {
      assertThrows(AssertionError.class, () -> assertEverySearchHolds(door, false));
    }
  }

  /** Each finds too much: a suspended app, an ended grant, another scope. */
  @Test
  void search_mutantsOfTheStore_areFound() {
    for (Allowing mutant :
        List.<Allowing>of(
            (reads, filter, rows, after) ->
                listed(reads, filter, EnumSet.of(GrantState.ACTIVE), rows, after),
            (reads, filter, rows, after) ->
                listed(
                    reads, filter, EnumSet.of(GrantState.ACTIVE, GrantState.EXPIRED), rows, after),
            (reads, filter, rows, after) ->
                reads.allowed(
                    new ConsentReads.AllowedFilter(
                        filter.accounts(), filter.apps(), new Scope("read")),
                    rows,
                    after))) {
      try (AuthZenDoor door = world(reads -> replacing(reads, mutant))) {
        door.advance(Duration.ofSeconds(60));
        assertThrows(AssertionError.class, () -> assertEverySearchHolds(door, true));
      }
    }
  }

  private interface Allowing {
    At<ConsentReads.Page<GrantKey>> allowed(
        ConsentReads reads, ConsentReads.AllowedFilter filter, int rows, @Nullable GrantKey after);
  }

  /** What the list of grants has in these states, whatever their app is. */
  private static At<ConsentReads.Page<GrantKey>> listed(
      ConsentReads reads,
      ConsentReads.AllowedFilter filter,
      Set<GrantState> states,
      int rows,
      @Nullable GrantKey after) {
    var grants =
        reads.grants(
            new ConsentReads.GrantFilter(null, null, states),
            new ConsentReads.PageLimit<>(1_000, Long.MAX_VALUE, _ -> 1),
            after);
    List<GrantKey> keys =
        grants.value().rows().stream()
            .filter(view -> view.grant().scopes().contains(filter.scope()))
            .map(view -> view.grant().key())
            .filter(key -> filter.accounts() == null || filter.accounts().contains(key.account()))
            .filter(key -> filter.apps() == null || filter.apps().contains(key.app()))
            .collect(Collectors.toList());
    boolean more = keys.size() > rows;
    return new At<>(
        new ConsentReads.Page<>(more ? keys.subList(0, rows) : keys, more), grants.revision());
  }

  /** The same reads, but for one. */
  private static ConsentReads replacing(ConsentReads reads, Allowing mutant) {
    return (ConsentReads)
        Proxy.newProxyInstance(
            ConsentReads.class.getClassLoader(),
            new Class<?>[] {ConsentReads.class},
            (_, method, arguments) ->
                method.getName().equals("allowed")
                    ? mutant.allowed(
                        reads,
                        (ConsentReads.AllowedFilter) arguments[0],
                        (Integer) arguments[1],
                        (GrantKey) arguments[2])
                    : method.invoke(reads, arguments));
  }

  @Test
  void search_thousandsOfResults_endsPagesAt1000() {
    try (AuthZenDoor door = AuthZenDoor.open()) {
      door.app("app", "read");
      List<String> accounts = IntStream.rangeClosed(0, 1_000).mapToObj("a%04d"::formatted).toList();
      door.grantAll(accounts, "app", "read");
      String json = evaluation("app", "read", "x");
      Reply most = door.post(AuthZen.SEARCH_RESOURCE, json);
      assertEquals(1_000, most.found().size());
      String rest =
          json.substring(0, json.length() - 1)
              + ",\"page\":{\"token\":\"%s\",\"limit\":5000}}".formatted(most.nextToken());
      assertEquals(List.of("a1000"), door.post(AuthZen.SEARCH_RESOURCE, rest).found());
    }
  }
}
