package dev.consentry.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantResponse;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.RevokeRequest;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OpenOutcomesTest {
  private final FakeServer server = FakeServer.start();
  private final ConsentryClient client = ConsentryClient.connect(server.address());

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  /** Each try as CODE:REASON; the last one is given again and again. */
  @ParameterizedTest
  @CsvSource({
    "UNAVAILABLE:OUTCOME_UNKNOWN UNAVAILABLE:STORE_UNAVAILABLE, UNAVAILABLE, OUTCOME_UNKNOWN",
    "UNAVAILABLE:OUTCOME_UNKNOWN UNAVAILABLE:SHUTTING_DOWN, UNAVAILABLE, OUTCOME_UNKNOWN",
    "UNAVAILABLE:STORE_UNAVAILABLE UNAVAILABLE:OUTCOME_UNKNOWN UNAVAILABLE:STORE_UNAVAILABLE,"
        + " UNAVAILABLE, OUTCOME_UNKNOWN",
    "UNAVAILABLE:OUTCOME_UNKNOWN RESOURCE_EXHAUSTED:OVERLOADED, UNAVAILABLE, OUTCOME_UNKNOWN",
    "UNAVAILABLE:OUTCOME_UNKNOWN UNAUTHENTICATED:UNAUTHENTICATED, UNAVAILABLE, OUTCOME_UNKNOWN",
    "UNAVAILABLE:OUTCOME_UNKNOWN PERMISSION_DENIED:NOT_ALLOWED, UNAVAILABLE, OUTCOME_UNKNOWN",
    // Whoever says nothing of a reason, such as a proxy, may have passed it on.
    "UNAVAILABLE:UNSPECIFIED UNAVAILABLE:STORE_UNAVAILABLE, UNAVAILABLE, UNSPECIFIED",
    // The store was asked, and says that the request was not carried out before.
    "UNAVAILABLE:OUTCOME_UNKNOWN ABORTED:GRANT_CHANGED, ABORTED, GRANT_CHANGED",
    "UNAVAILABLE:OUTCOME_UNKNOWN NOT_FOUND:APP_NOT_FOUND, NOT_FOUND, APP_NOT_FOUND",
    // Nothing was ever open.
    "UNAVAILABLE:STORE_UNAVAILABLE, UNAVAILABLE, STORE_UNAVAILABLE",
    "UNAVAILABLE:SHUTTING_DOWN UNAVAILABLE:STORE_UNAVAILABLE, UNAVAILABLE, STORE_UNAVAILABLE",
    "UNAVAILABLE:STORE_UNAVAILABLE RESOURCE_EXHAUSTED:OVERLOADED, RESOURCE_EXHAUSTED, OVERLOADED",
  })
  void grantAndRevoke_everyTryInVain_sayWhetherItMayHaveBeenMade(
      String tries, Status.Code code, String reason) {
    answer(tries.split(" "));
    ConsentryException grant =
        assertThrows(
            ConsentryException.class,
            () -> client.grants().grant(GrantRequest.getDefaultInstance()));
    answer(tries.split(" "));
    ConsentryException revoke =
        assertThrows(
            ConsentryException.class,
            () -> client.grants().revoke(RevokeRequest.getDefaultInstance()));

    assertEquals(code, grant.code());
    assertEquals("ERROR_REASON_" + reason, grant.reason().name());
    assertEquals(code, revoke.code());
    assertEquals("ERROR_REASON_" + reason, revoke.reason().name());
  }

  @Test
  void grant_openOnceThenAnswered_isTheAnswer() {
    answer("UNAVAILABLE:OUTCOME_UNKNOWN", "UNAVAILABLE:STORE_UNAVAILABLE", "OK:");

    assertEquals("r-7", client.grants().grant(GrantRequest.getDefaultInstance()).getRevision());
    List<GrantRequest> sent = server.requests(GrantServiceGrpc.getGrantMethod());
    assertEquals(3, sent.size());
    assertEquals(1, sent.stream().distinct().count());
  }

  private void answer(String... tries) {
    Deque<String> left = new ArrayDeque<>(List.of(tries));
    server.on(
        GrantServiceGrpc.getGrantMethod(),
        request -> {
          refuse(next(left));
          return GrantResponse.newBuilder().setRevision("r-7").build();
        });
    server.on(
        GrantServiceGrpc.getRevokeMethod(),
        request -> {
          refuse(next(left));
          throw new AssertionError("not answered in this test");
        });
  }

  private static String next(Deque<String> left) {
    synchronized (left) {
      return left.size() == 1 ? left.getFirst() : left.removeFirst();
    }
  }

  private static void refuse(String as) {
    String[] parts = as.split(":", -1);
    Status.Code code = Status.Code.valueOf(parts[0]);
    if (code == Status.Code.OK) {
      return;
    }
    ErrorReason reason = ErrorReason.valueOf("ERROR_REASON_" + parts[1]);
    throw reason == ErrorReason.ERROR_REASON_UNSPECIFIED
        ? code.toStatus().asRuntimeException()
        : FakeServer.refusal(code, reason, "refused", Map.of());
  }
}
