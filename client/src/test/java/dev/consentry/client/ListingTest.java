package dev.consentry.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.ListGrantsResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ListingTest {
  private final FakeServer server = FakeServer.start();
  private final ConsentryClient client = ConsentryClient.connect(server.address());

  @BeforeEach
  void threePages() {
    server.on(
        GrantServiceGrpc.getListGrantsMethod(),
        request ->
            switch (request.getPageToken()) {
              case "" -> page("two", "a", "b");
              case "two" -> page("three", "c");
              default -> page("", "d", "e");
            });
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void iterate_threePages_givesAllRowsInOrderWithTheSameFilter() {
    List<String> accounts = new ArrayList<>();
    for (Grant grant : client.grants().list(ListGrantsRequest.newBuilder().setAppId("x").build())) {
      accounts.add(grant.getAccountId());
    }

    assertEquals(List.of("a", "b", "c", "d", "e"), accounts);
    List<ListGrantsRequest> requests = server.requests(GrantServiceGrpc.getListGrantsMethod());
    assertEquals(
        List.of("", "two", "three"),
        requests.stream().map(ListGrantsRequest::getPageToken).toList());
    assertEquals(
        List.of("x", "x", "x"), requests.stream().map(ListGrantsRequest::getAppId).toList());
  }

  @Test
  void iterate_firstRowsOnly_asksForNoMorePages() {
    Iterator<Grant> rows = client.grants().list(ListGrantsRequest.getDefaultInstance()).iterator();
    rows.next();
    rows.next();

    assertEquals(1, server.requests(GrantServiceGrpc.getListGrantsMethod()).size());
  }

  @Test
  void pages_afterTheLast_endsAndThrows() {
    Iterator<ListGrantsResponse> pages =
        client
            .grants()
            .list(ListGrantsRequest.newBuilder().setPageToken("three").build())
            .pages()
            .iterator();
    pages.next();

    assertFalse(pages.hasNext());
    assertThrows(NoSuchElementException.class, pages::next);
  }

  private static ListGrantsResponse page(String next, String... accounts) {
    ListGrantsResponse.Builder page = ListGrantsResponse.newBuilder().setNextPageToken(next);
    for (String account : accounts) {
      page.addGrants(Grant.newBuilder().setAccountId(account));
    }
    return page.build();
  }
}
