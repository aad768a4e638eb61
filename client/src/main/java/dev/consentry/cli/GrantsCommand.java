package dev.consentry.cli;

import dev.consentry.client.ConsentryClient;
import dev.consentry.v1.Grant;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.ListGrantsResponse;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists grants. */
@Command(name = "grants", description = "Lists grants.")
final class GrantsCommand implements Callable<Integer> {
  /** Largest page that a server gives. */
  static final int PAGE_SIZE = 1_000;

  /** Which grants are wanted. */
  enum State {
    ACTIVE,
    REVOKED,
    EXPIRED,
    ALL;

    List<Grant.State> states() {
      return switch (this) {
        case ACTIVE -> List.of(Grant.State.STATE_ACTIVE);
        case REVOKED -> List.of(Grant.State.STATE_REVOKED);
        case EXPIRED -> List.of(Grant.State.STATE_EXPIRED);
        case ALL ->
            List.of(Grant.State.STATE_ACTIVE, Grant.State.STATE_REVOKED, Grant.State.STATE_EXPIRED);
      };
    }

    @Override
    public String toString() {
      return Names.lower(this);
    }
  }

  private final Consentry consentry;

  @Option(names = "--account", paramLabel = "A", description = "Only of this account.")
  private String account = "";

  @Option(names = "--app", paramLabel = "X", description = "Only of this app.")
  private String app = "";

  @Option(
      names = "--state",
      paramLabel = "STATE",
      defaultValue = "active",
      description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private State state = State.ACTIVE;

  GrantsCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (ConsentryClient client = consentry.connect()) {
      ListGrantsRequest filter =
          ListGrantsRequest.newBuilder()
              .setAccountId(account)
              .setAppId(app)
              .addAllStates(state.states())
              .setPageSize(PAGE_SIZE)
              .build();
      ListGrantsResponse.Builder all = ListGrantsResponse.newBuilder();
      for (ListGrantsResponse page : client.grants().list(filter).pages()) {
        if (all.getRevision().isEmpty()) {
          all.setRevision(page.getRevision());
        }
        all.addAllGrants(page.getGrantsList());
      }
      consentry.print(all.build(), () -> GrantText.table(all.getGrantsList(), consentry.times()));
      return ExitCode.DONE;
    }
  }
}
