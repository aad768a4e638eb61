package dev.consentry.client;

import dev.consentry.v1.Event;
import dev.consentry.v1.HistoryServiceGrpc;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ListEventsResponse;

/** What happened: who changed what, when and why. */
public final class History {
  private final Calls calls;

  History(Calls calls) {
    this.calls = calls;
  }

  /**
   * Events, newest first unless the filter says otherwise.
   *
   * @param filter its page token is where to begin
   */
  public Listing<ListEventsResponse, Event> events(ListEventsRequest filter) {
    return new Listing<>(
        token ->
            calls.unary(
                HistoryServiceGrpc.getListEventsMethod(),
                token.isEmpty() ? filter : filter.toBuilder().setPageToken(token).build()),
        ListEventsResponse::getNextPageToken,
        ListEventsResponse::getEventsList);
  }
}
