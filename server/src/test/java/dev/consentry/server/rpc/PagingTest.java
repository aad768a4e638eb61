package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.Failure.assertInvalid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.PageTokens;
import dev.consentry.v1.App;
import dev.consentry.v1.Event;
import dev.consentry.v1.Grant;
import dev.consentry.v1.ListAppsRequest;
import dev.consentry.v1.ListAppsResponse;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ListEventsResponse;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.ListGrantsResponse;
import dev.consentry.v1.PutAppRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PagingTest {
  private static final int MIB = 1024 * 1024;

  private final TestServer server = TestServer.start();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void listGrants_pageByPage_visitsEachOnceInOrder() {
    List<String> accounts = grantMany(7);
    for (int size : List.of(1, 2, 3, 6, 7, 8)) {
      var visited = new ArrayList<String>();
      String token = "";
      do {
        ListGrantsResponse page = grants(size, token);
        assertTrue(page.getGrantsCount() <= size);
        assertTrue(page.getGrantsCount() > 0);
        page.getGrantsList().forEach(g -> visited.add(g.getAccountId()));
        token = page.getNextPageToken();
      } while (!token.isEmpty());
      assertEquals(accounts, visited);
    }
  }

  @Test
  void listGrants_rowsChangeBetweenPages_skipsAndRepeatsNoneThatStayed() {
    grantMany(6);
    String token = grants(2, "").getNextPageToken();
    server.revoke("a0", "x");
    server.revoke("a1", "x"); // the row that the token names
    server.revoke("a3", "x");
    server.grant("a11", "x"); // before the next row, and so on the next page
    server.grant("a00", "x"); // before the token, and so on none
    List<String> rest =
        grants(50, token).getGrantsList().stream().map(Grant::getAccountId).toList();
    assertEquals(List.of("a11", "a2", "a4", "a5"), rest);
  }

  @Test
  void listGrants_pageSize_defaultsTo50AndStopsAt1000() {
    grantMany(1_001);
    assertEquals(50, grants(0, "").getGrantsCount());
    assertEquals(1_000, grants(1_000, "").getGrantsCount());
    ListGrantsResponse most = grants(Integer.MAX_VALUE, "");
    assertEquals(1_000, most.getGrantsCount());
    assertEquals(1, grants(1_001, most.getNextPageToken()).getGrantsCount());
  }

  @Test
  void listGrants_largestGrants_endsPagesAt1MiB() {
    server.putApp("x", List.of(), Scopes.longest(200));
    server.grantAll(
        IntStream.range(0, 25).mapToObj(i -> "a".repeat(250) + "%06d".formatted(i)).toList(),
        "x",
        Scopes.longest(200).toArray(String[]::new));
    ListGrantsResponse page = grants(1_000, "");
    int rows = page.getGrantsCount();
    assertTrue(page.getSerializedSize() < MIB + 1_000, () -> "bytes: " + page.getSerializedSize());
    assertTrue(page.getSerializedSize() + page.getGrants(0).getSerializedSize() > MIB);
    assertEquals(25 - rows, grants(1_000, page.getNextPageToken()).getGrantsCount());
  }

  @Test
  void listApps_pageByPage_visitsEachOnceInOrder() {
    List<String> ids = List.of("B", "a", "b", "b!", "c");
    ids.forEach(id -> server.putApp(id, List.of("read"), List.of()));
    var visited = new ArrayList<String>();
    String token = "";
    do {
      ListAppsResponse page =
          server
              .apps()
              .listApps(ListAppsRequest.newBuilder().setPageSize(2).setPageToken(token).build());
      page.getAppsList().forEach(a -> visited.add(a.getAppId()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertEquals(ids, visited);
  }

  @Test
  void listEvents_pageByPageBothWays_visitsEachOnceWhileMoreCome() {
    for (int i = 0; i < 5; i++) {
      server.putApp("x" + i, List.of("read"), List.of());
    }
    for (boolean oldestFirst : List.of(false, true)) {
      var visited = new ArrayList<Event>();
      var request = ListEventsRequest.newBuilder().setPageSize(2).setOldestFirst(oldestFirst);
      List<Event> before =
          server.history().listEvents(request.clone().setPageSize(0).build()).getEventsList();
      ListEventsResponse page;
      do {
        page = server.history().listEvents(request.build());
        visited.addAll(page.getEventsList());
        request.setPageToken(page.getNextPageToken());
        server.suspend("x" + visited.size() % 5);
      } while (visited.size() < before.size());
      assertEquals(before, visited.subList(0, before.size()));
    }
  }

  @Test
  void pageToken_otherFilters_isInvalid() {
    grantMany(3);
    String token = grants(1, "").getNextPageToken();
    var same = ListGrantsRequest.newBuilder().setPageToken(token);
    assertEquals(
        2,
        server
            .grants()
            .listGrants(same.clone().addStates(Grant.State.STATE_ACTIVE).setPageSize(9).build())
            .getGrantsCount());
    for (var other :
        List.of(
            same.clone().setAccountId("a1"),
            same.clone().setAppId("x"),
            same.clone().addStates(Grant.State.STATE_REVOKED))) {
      assertInvalid(List.of("page_token"), () -> server.grants().listGrants(other.build()));
    }
    assertInvalid(
        List.of("page_token"),
        () -> server.apps().listApps(ListAppsRequest.newBuilder().setPageToken(token).build()));
    assertInvalid(
        List.of("page_token"),
        () ->
            server
                .history()
                .listEvents(ListEventsRequest.newBuilder().setPageToken(token).build()));
  }

  @Test
  void pageToken_ofEventsInTheOtherOrder_isInvalid() {
    server.putApp("x", List.of("read"), List.of());
    server.putApp("y", List.of("read"), List.of());
    String token =
        server
            .history()
            .listEvents(ListEventsRequest.newBuilder().setPageSize(1).build())
            .getNextPageToken();
    assertFalse(token.isEmpty());
    assertInvalid(
        List.of("page_token"),
        () ->
            server
                .history()
                .listEvents(
                    ListEventsRequest.newBuilder()
                        .setPageToken(token)
                        .setOldestFirst(true)
                        .build()));
  }

  @Test
  void pageToken_everyBrokenForm_isInvalid() {
    grantMany(2);
    String token = grants(1, "").getNextPageToken();
    byte[] bytes = Base64.getUrlDecoder().decode(token);
    byte[] otherVersion = bytes.clone();
    otherVersion[0]++;
    for (String broken :
        List.of(
            "?",
            "é",
            "A",
            token + "=",
            token + "\n",
            token.substring(0, token.length() - 4),
            token.substring(0, 23),
            base64(otherVersion),
            base64(Arrays.copyOf(bytes, 17)),
            base64(Arrays.copyOf(bytes, bytes.length + 1)),
            base64(Arrays.copyOf(bytes, 767)),
            base64(Arrays.copyOf(bytes, 769)),
            "A".repeat(4_000_000))) {
      assertInvalid(List.of("page_token"), () -> grants(1, broken));
    }
  }

  @Test
  void pageToken_ofTheLongestKey_isAccepted() {
    String longest = "z".repeat(256);
    server.putApp(longest, List.of("read"), List.of());
    server.putApp(longest.replace('z', 'y'), List.of("read"), List.of());
    server.grant(longest, longest);
    server.grant(longest, longest.replace('z', 'y'));
    String token = grants(1, "").getNextPageToken();
    assertTrue(token.length() <= PageTokens.TOKEN_CHARACTERS_MAX);
    assertEquals(longest, grants(1, token).getGrants(0).getAppId());
  }

  @Test
  void listApps_fullestApps_endsPagesAt1MiB() {
    App.Builder fullest = App.newBuilder().setAppId("a").setDisplayName("a");
    Scopes.longest(200)
        .forEach(
            s -> fullest.addOptionalScopesBuilder().setName(s).setDescription("𝄞".repeat(280)));
    for (String id : List.of("a", "b", "c", "d")) {
      var _ = server.apps().putApp(PutAppRequest.newBuilder().setApp(fullest.setAppId(id)).build());
    }
    assertEquals(3, server.apps().listApps(ListAppsRequest.getDefaultInstance()).getAppsCount());
  }

  /** In bytewise order. */
  private List<String> grantMany(int count) {
    server.putApp("x", List.of("read"), List.of());
    List<String> accounts = IntStream.range(0, count).mapToObj("a%d"::formatted).sorted().toList();
    server.grantAll(accounts, "x");
    return accounts;
  }

  private ListGrantsResponse grants(int pageSize, String pageToken) {
    return server
        .grants()
        .listGrants(
            ListGrantsRequest.newBuilder().setPageSize(pageSize).setPageToken(pageToken).build());
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
