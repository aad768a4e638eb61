package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.Grant;
import dev.consentry.v1.ListGrantsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What other decision points have shipped by mistake, in the order of the list at the end of {@code
 * docs/security.md}, which also names the tests of those mistakes that are not here.
 */
final class PeerMistakesTest {
  private static final String READ = "mail.read";

  private final TestServer server = TestServer.start();

  @AfterEach
  void close() {
    server.close();
  }

  /** Ids that become the same text when they are put together, and a grant to one of the pairs. */
  @ParameterizedTest
  @CsvSource({
    "a,bc,ab,c",
    "a/b,c,a,b/c",
    "a:b,c,a,b:c",
    "a|b,c,a,b|c",
    "a#b,c,a,b#c",
    "aa,a,a,aa",
    "A,b,a,b",
    "a,B,a,b"
  })
  void cacheKeys_ofTwoQuestions_areNeverOne(
      String account, String app, String otherAccount, String otherApp) {
    server.putApp(app, List.of(READ), List.of());
    if (!otherApp.equals(app)) {
      server.putApp(otherApp, List.of(READ), List.of());
    }
    server.grant(account, app);
    for (int round = 0; round < 2; round++) {
      assertTrue(isAllowed(server.check(account, app, READ)));
      assertEquals(
          Decision.DECISION_DENY, server.check(otherAccount, otherApp, READ).getDecision());
    }
  }

  /** Asked about other scopes, the same pair is another question. */
  @Test
  void cacheKeys_sameGrantOtherScopes_areAnsweredEachByItself() {
    server.putApp("mail", List.of(READ), List.of("mail.send"));
    server.grant("acme", "mail");
    for (int round = 0; round < 2; round++) {
      assertTrue(isAllowed(server.check("acme", "mail", READ)));
      assertEquals(
          List.of("mail.send"),
          server.check("acme", "mail", READ, "mail.send").getMissingScopesList());
    }
  }

  /** Whoever gives up while the store is asked leaves nothing behind that others would be told. */
  @Test
  void cancelled_whileTheStoreIsAsked_isNoAnswerToAnybody() {
    var gated = new GatedTable();
    try (var slow = TestServer.start(TestServer.Wrapping.ofTable(gated::wrapping))) {
      slow.putApp(GatedTable.COLD_APP, List.of(READ), List.of());
      slow.grant("acme", GatedTable.COLD_APP);
      gated.shut();
      var question = TestServer.checkOf("acme", GatedTable.COLD_APP, READ);
      var gaveUp =
          assertThrows(
              StatusRuntimeException.class,
              () -> slow.decisions().withDeadlineAfter(100, TimeUnit.MILLISECONDS).check(question));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, gaveUp.getStatus().getCode());
      gated.open();
      assertTrue(isAllowed(slow.decisions().check(question)));
    }
  }

  /** Items that share an account, an app or scopes, shuffled and repeated. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 20_261_128})
  void batch_itemsThatAreNearlyTheSame_areAnsweredEachByItself(long seed) {
    var random = new SplittableRandom(seed);
    List<String> accounts = List.of("acme", "globex");
    List<String> apps = List.of("mail", "cal");
    List<String> scopes = List.of("x.read", "x.write", "x.delete");
    for (String app : apps) {
      server.putApp(app, List.of("x.read"), List.of("x.write"));
    }
    server.grant("acme", "mail", "x.write");
    server.grant("acme", "cal");
    server.grant("globex", "mail");
    var request = BatchCheckRequest.newBuilder();
    for (int i = 0; i < 500; i++) {
      var item =
          BatchCheckItem.newBuilder()
              .setAccountId(accounts.get(random.nextInt(accounts.size())))
              .setAppId(apps.get(random.nextInt(apps.size())));
      for (int n = random.nextInt(1, 4); n > 0; n--) {
        item.addScopes(scopes.get(random.nextInt(scopes.size())));
      }
      request.addItems(item);
    }
    List<BatchCheckResult> results =
        server.decisions().batchCheck(request.build()).getResultsList();
    for (int i = 0; i < results.size(); i++) {
      BatchCheckItem item = request.getItems(i);
      CheckResponse alone =
          server.check(
              item.getAccountId(), item.getAppId(), item.getScopesList().toArray(String[]::new));
      assertEquals(alone, results.get(i).getResponse(), item.toString());
    }
  }

  /** What an administrator sees as active is what is allowed, and nothing else is. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 20_261_128})
  void list_afterAnyPast_agreesWithCheck(long seed) {
    var random = new SplittableRandom(seed);
    List<String> accounts = IntStream.range(0, 10).mapToObj(i -> "acct-" + i).toList();
    List<String> apps = List.of("mail", "cal", "drive");
    apps.forEach(app -> server.putApp(app, List.of(READ), List.of()));
    for (int i = 0; i < 100; i++) {
      String account = accounts.get(random.nextInt(accounts.size()));
      String app = apps.get(random.nextInt(apps.size()));
      if (isAllowed(server.check(account, app, READ))) {
        var _ = server.revoke(account, app);
      } else {
        var _ = server.grant(account, app);
      }
    }
    var listed =
        server
            .grants()
            .listGrants(ListGrantsRequest.newBuilder().setPageSize(1_000).build())
            .getGrantsList()
            .stream()
            .map(PeerMistakesTest::pair)
            .collect(Collectors.toCollection(TreeSet::new));
    var allowed = new TreeSet<String>();
    for (String account : accounts) {
      for (String app : apps) {
        if (isAllowed(server.check(account, app, READ))) {
          allowed.add(account + " " + app);
        }
      }
    }
    assertEquals(allowed, listed);
  }

  private static String pair(Grant grant) {
    return grant.getAccountId() + " " + grant.getAppId();
  }

  private static boolean isAllowed(CheckResponse response) {
    return response.getDecision() == Decision.DECISION_ALLOW;
  }
}
