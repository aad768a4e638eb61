package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.Failure.assertInvalid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.protobuf.Timestamp;
import dev.consentry.v1.App;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.Event;
import dev.consentry.v1.Grant;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ListEventsResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HistoryRpcTest {
  private static final String UUID = "0189f7ea-ae2c-7a5b-8c3d-9e0f1a2b3c4d";

  private final TestServer server = TestServer.start();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void listEvents_everyKindOfChange_tellsWhoWhatWhenAndHowItWasBefore() {
    App app = server.putApp("x", List.of("read"), List.of("write"));
    server.advance(Duration.ofSeconds(1));
    Grant granted =
        server
            .grants()
            .grant(TestServer.grantOf("acme", "x").setReason("why").setRequestId(UUID).build())
            .getGrant();
    Grant replaced =
        server
            .grants()
            .grant(TestServer.grantOf("acme", "x", "write").setReplace(true).build())
            .getGrant();
    Grant revoked = server.revoke("acme", "x").getGrant();
    server.suspend("x");
    List<Event> events = list(ListEventsRequest.newBuilder().setOldestFirst(true)).getEventsList();
    assertEquals(
        List.of(
            Event.Type.TYPE_APP_CREATED,
            Event.Type.TYPE_GRANTED,
            Event.Type.TYPE_REPLACED,
            Event.Type.TYPE_REVOKED,
            Event.Type.TYPE_APP_SUSPENDED),
        types(events));

    Event created = events.get(0);
    assertEquals("", created.getAccountId());
    assertEquals("x", created.getAppId());
    assertEquals(time(0), created.getEventTime());
    assertEquals(app.getRevision(), created.getRevision());
    assertEquals("local", created.getActor().getPrincipal());
    assertFalse(created.getApp().hasBefore());
    assertEquals(app, created.getApp().getAfter());

    Event first = events.get(1);
    assertEquals("acme", first.getAccountId());
    assertEquals("x", first.getAppId());
    assertEquals(time(1), first.getEventTime());
    assertEquals("why", first.getReason());
    assertEquals(UUID, first.getRequestId());
    assertFalse(first.getGrant().hasBefore());
    assertEquals(granted, first.getGrant().getAfter());

    assertEquals(granted, events.get(2).getGrant().getBefore());
    assertEquals(replaced, events.get(2).getGrant().getAfter());
    assertEquals("", events.get(2).getRequestId());
    assertEquals(replaced, events.get(3).getGrant().getBefore());
    assertEquals(revoked, events.get(3).getGrant().getAfter());
    assertEquals(app, events.get(4).getApp().getBefore());
    assertEquals(App.State.STATE_SUSPENDED, events.get(4).getApp().getAfter().getState());
  }

  @Test
  void listEvents_newestFirstByDefault_atTheRevisionOfTheNewest() {
    server.putApp("x", List.of("read"), List.of());
    server.putApp("y", List.of("read"), List.of());
    ListEventsResponse response = list(ListEventsRequest.newBuilder());
    assertEquals("y", response.getEvents(0).getAppId());
    assertEquals("x", response.getEvents(1).getAppId());
    assertEquals(response.getEvents(0).getRevision(), response.getRevision());
  }

  @Test
  void listEvents_filters_combine() {
    server.putApp("x", List.of("read"), List.of());
    server.putApp("y", List.of("read"), List.of());
    server.grant("acme", "x");
    server.grant("acme", "y");
    server.grant("bolt", "x");
    server.advance(Duration.ofSeconds(1));
    server.revoke("acme", "x");
    var all = ListEventsRequest.newBuilder().setOldestFirst(true);
    assertEquals(
        List.of(Event.Type.TYPE_GRANTED, Event.Type.TYPE_GRANTED, Event.Type.TYPE_REVOKED),
        types(list(all.clone().setAccountId("acme")).getEventsList()));
    assertEquals(
        List.of(Event.Type.TYPE_GRANTED, Event.Type.TYPE_REVOKED),
        types(list(all.clone().setAccountId("acme").setAppId("x")).getEventsList()));
    assertEquals(
        List.of(Event.Type.TYPE_APP_CREATED, Event.Type.TYPE_GRANTED),
        types(list(all.clone().setAppId("y")).getEventsList()));
    assertEquals(
        3,
        list(all.clone().addTypes(Event.Type.TYPE_GRANTED).addTypes(Event.Type.TYPE_GRANTED))
            .getEventsCount());
    assertEquals(1, list(all.clone().setStartTime(time(1))).getEventsCount());
    assertEquals(5, list(all.clone().setEndTime(time(1))).getEventsCount());
    assertEquals(0, list(all.clone().setStartTime(time(1)).setEndTime(time(1))).getEventsCount());
    assertEquals(0, list(all.clone().setStartTime(time(2)).setEndTime(time(0))).getEventsCount());
  }

  @Test
  void listEvents_pageBeforeWhatIsRetained_isTooOldWithTheOldestFirst() {
    for (String app : List.of("v", "w", "x", "y")) {
      server.putApp(app, List.of("read"), List.of());
      server.advance(Duration.ofSeconds(1));
    }
    var oldest = ListEventsRequest.newBuilder().setOldestFirst(true).setPageSize(1);
    String token = list(oldest.clone()).getNextPageToken();
    var newest = ListEventsRequest.newBuilder().setPageSize(1);
    String back = list(newest.clone()).getNextPageToken();
    server.endHistory();
    server.putApp("z", List.of("read"), List.of());
    Failure failure =
        Failure.of(() -> {
          var _ = list(oldest.clone().setPageToken(token));
        });
    assertEquals(Status.Code.OUT_OF_RANGE, failure.code());
    assertEquals(ErrorReason.ERROR_REASON_REVISION_TOO_OLD, failure.reason());
    assertEquals("z", list(oldest.clone()).getEvents(0).getAppId());
    assertEquals("z", list(oldest.clone().setStartTime(time(0))).getEvents(0).getAppId());
    ListEventsResponse end = list(newest.clone().setPageToken(back));
    assertEquals(0, end.getEventsCount());
    assertEquals("", end.getNextPageToken());
  }

  @Test
  void listEvents_boundsWithinAMicrosecond_areInclusiveAndExclusiveExactly() {
    server.putApp("x", List.of("read"), List.of());
    Timestamp justAfter = time(0).toBuilder().setNanos(1).build();
    assertEquals(0, list(ListEventsRequest.newBuilder().setStartTime(justAfter)).getEventsCount());
    assertEquals(1, list(ListEventsRequest.newBuilder().setEndTime(justAfter)).getEventsCount());
    assertEquals(1, list(ListEventsRequest.newBuilder().setStartTime(time(0))).getEventsCount());
    assertEquals(0, list(ListEventsRequest.newBuilder().setEndTime(time(0))).getEventsCount());
    var forever =
        ListEventsRequest.newBuilder()
            .setStartTime(Timestamp.newBuilder().setSeconds(Fields.TIMESTAMP_SECONDS_MIN))
            .setEndTime(
                Timestamp.newBuilder()
                    .setSeconds(Fields.TIMESTAMP_SECONDS_MAX)
                    .setNanos(999_999_999));
    assertEquals(1, list(forever).getEventsCount());
  }

  @Test
  void listEvents_everythingBad_namesEveryFieldAtOnce() {
    var request =
        ListEventsRequest.newBuilder()
            .setAccountId("a b")
            .setAppId("a b")
            .addTypes(Event.Type.TYPE_UNSPECIFIED)
            .addTypesValue(99)
            .setStartTime(Timestamp.newBuilder().setNanos(-1))
            .setEndTime(Timestamp.newBuilder().setSeconds(Long.MIN_VALUE))
            .setPageSize(-1)
            .setPageToken("?");
    assertInvalid(
        List.of(
            "account_id",
            "app_id",
            "types[0]",
            "types[1]",
            "start_time",
            "end_time",
            "page_size",
            "page_token"),
        () -> list(request));
  }

  @Test
  void listEvents_filterValuesAtAndOverTheMaximum_answersAndIsInvalid() {
    var request = ListEventsRequest.newBuilder();
    for (int i = 0; i < Fields.FILTER_VALUES_MAX; i++) {
      request.addTypes(Event.Type.TYPE_GRANTED);
    }
    assertEquals(0, list(request).getEventsCount());
    assertInvalid(List.of("types"), () -> list(request.addTypes(Event.Type.TYPE_GRANTED)));
  }

  private ListEventsResponse list(ListEventsRequest.Builder request) {
    return server.history().listEvents(request.build());
  }

  private static List<Event.Type> types(List<Event> events) {
    return events.stream().map(Event::getType).toList();
  }

  private static Timestamp time(int secondsAfterStart) {
    return Timestamp.newBuilder()
        .setSeconds(TestServer.START.getEpochSecond() + secondsAfterStart)
        .build();
  }
}
