package dev.consentry.cli;

import com.google.protobuf.Timestamp;
import dev.consentry.client.ConsentryClient;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ListEventsResponse;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists what happened. */
@Command(name = "events", description = "Lists what happened, newest first.")
final class EventsCommand implements Callable<Integer> {
  private final Consentry consentry;

  @Option(names = "--account", paramLabel = "A", description = "Only of this account.")
  private String account = "";

  @Option(names = "--app", paramLabel = "X", description = "Only of this app.")
  private String app = "";

  @Option(
      names = "--since",
      paramLabel = "DATE",
      converter = DateConverter.class,
      description = "Only from then on: YYYY-MM-DD (00:00 UTC that day) or RFC 3339.")
  private @Nullable Timestamp since;

  EventsCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (ConsentryClient client = consentry.connect()) {
      ListEventsRequest.Builder filter =
          ListEventsRequest.newBuilder()
              .setAccountId(account)
              .setAppId(app)
              .setPageSize(GrantsCommand.PAGE_SIZE);
      if (since != null) {
        filter.setStartTime(since);
      }
      ListEventsResponse.Builder all = ListEventsResponse.newBuilder();
      for (ListEventsResponse page : client.history().events(filter.build()).pages()) {
        if (all.getRevision().isEmpty()) {
          all.setRevision(page.getRevision());
        }
        all.addAllEvents(page.getEventsList());
      }
      consentry.print(all.build(), () -> EventText.table(all.getEventsList(), consentry.times()));
      return ExitCode.DONE;
    }
  }
}
