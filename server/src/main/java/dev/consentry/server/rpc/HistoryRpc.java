package dev.consentry.server.rpc;

import dev.consentry.server.consent.ConsentReads;
import dev.consentry.v1.HistoryServiceGrpc;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ListEventsResponse;
import io.grpc.stub.StreamObserver;

/** What happened. */
final class HistoryRpc extends HistoryServiceGrpc.HistoryServiceImplBase {
  private final ConsentReads reads;
  private final Calls calls;

  HistoryRpc(ConsentReads reads, Calls calls) {
    this.reads = reads;
    this.calls = calls;
  }

  @Override
  public void listEvents(ListEventsRequest request, StreamObserver<ListEventsResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var asked = Requests.listEvents(request);
          var page =
              reads.events(asked.filter(), Messages.pageOfEvents(asked.rows()), asked.after());
          return Messages.events(page, asked.tokens());
        });
  }
}
