package dev.consentry.cli;

import dev.consentry.client.ConsentryClient;
import dev.consentry.v1.App;
import dev.consentry.v1.DeleteAppRequest;
import dev.consentry.v1.DeleteAppResponse;
import dev.consentry.v1.GetAppResponse;
import dev.consentry.v1.ListAppsRequest;
import dev.consentry.v1.ListAppsResponse;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.PutAppResponse;
import dev.consentry.v1.ResumeAppResponse;
import dev.consentry.v1.SuspendAppResponse;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What operators do with apps. */
@Command(
    name = "apps",
    synopsisSubcommandLabel = "COMMAND",
    description = "Registers, shows, stops and retires apps.")
final class AppsCommand {
  private AppsCommand() {}

  static CommandLine commandLine(Consentry consentry) {
    return new CommandLine(new AppsCommand())
        .addSubcommand(new Put(consentry))
        .addSubcommand(new ListAll(consentry))
        .addSubcommand(new Get(consentry))
        .addSubcommand(new Suspend(consentry))
        .addSubcommand(new Resume(consentry))
        .addSubcommand(new Delete(consentry));
  }

  /** Registers or changes an app. */
  @Command(name = "put", description = "Registers an app, or changes it, as its manifest says.")
  static final class Put implements Callable<Integer> {
    private final Consentry consentry;

    @Parameters(
        paramLabel = "FILE",
        description = "Its manifest, JSON or YAML; - is standard input.")
    private String file = "";

    @Option(
        names = "--expected-version",
        paramLabel = "N",
        description = "Only if the app is at this version; 0: only if it is new.")
    private @Nullable Integer expectedVersion;

    Put(Consentry consentry) {
      this.consentry = consentry;
    }

    @Override
    public Integer call() throws InterruptedException {
      PutAppRequest.Builder request =
          PutAppRequest.newBuilder().setApp(Manifest.read(file, consentry.terminal().in()));
      if (expectedVersion != null) {
        request.setExpectedVersion(expectedVersion);
      }
      try (ConsentryClient client = consentry.connect()) {
        PutAppResponse reply = client.apps().put(request.build());
        consentry.print(reply, () -> AppText.details(reply.getApp(), consentry.times()));
        return ExitCode.DONE;
      }
    }
  }

  /** Lists apps. */
  @Command(name = "list", description = "Lists apps.")
  static final class ListAll implements Callable<Integer> {
    /** Which apps are wanted. */
    enum State {
      ACTIVE,
      SUSPENDED,
      DELETED,
      ALL;

      List<App.State> states() {
        return switch (this) {
          case ACTIVE -> List.of(App.State.STATE_ACTIVE);
          case SUSPENDED -> List.of(App.State.STATE_SUSPENDED);
          case DELETED -> List.of(App.State.STATE_DELETED);
          case ALL ->
              List.of(App.State.STATE_ACTIVE, App.State.STATE_SUSPENDED, App.State.STATE_DELETED);
        };
      }

      @Override
      public String toString() {
        return Names.lower(this);
      }
    }

    private final Consentry consentry;

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = "One of ${COMPLETION-CANDIDATES} (default: all but deleted).")
    private @Nullable State state;

    ListAll(Consentry consentry) {
      this.consentry = consentry;
    }

    @Override
    public Integer call() throws InterruptedException {
      try (ConsentryClient client = consentry.connect()) {
        ListAppsRequest filter =
            ListAppsRequest.newBuilder()
                .addAllStates(state == null ? List.of() : state.states())
                .setPageSize(GrantsCommand.PAGE_SIZE)
                .build();
        ListAppsResponse.Builder all = ListAppsResponse.newBuilder();
        for (ListAppsResponse page : client.apps().list(filter).pages()) {
          if (all.getRevision().isEmpty()) {
            all.setRevision(page.getRevision());
          }
          all.addAllApps(page.getAppsList());
        }
        consentry.print(all.build(), () -> AppText.table(all.getAppsList(), consentry.times()));
        return ExitCode.DONE;
      }
    }
  }

  /** Shows an app. */
  @Command(name = "get", description = "Shows an app.")
  static final class Get implements Callable<Integer> {
    private final Consentry consentry;

    @Parameters(paramLabel = "APP", description = "The app.")
    private String app = "";

    @Option(
        names = "--manifest-version",
        paramLabel = "N",
        defaultValue = "0",
        description = "As it was at this version (default: the current one).")
    private int manifestVersion;

    Get(Consentry consentry) {
      this.consentry = consentry;
    }

    @Override
    public Integer call() throws InterruptedException {
      try (ConsentryClient client = consentry.connect()) {
        GetAppResponse reply = client.apps().get(app, manifestVersion);
        consentry.print(reply, () -> AppText.details(reply.getApp(), consentry.times()));
        return ExitCode.DONE;
      }
    }
  }

  /** Stops an app everywhere. */
  @Command(name = "suspend", description = "Stops an app everywhere: every check denies it.")
  static final class Suspend implements Callable<Integer> {
    private final Consentry consentry;

    @Parameters(paramLabel = "APP", description = "The app.")
    private String app = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the history.")
    private String reason = "";

    @Mixin private Confirmation confirmation = new Confirmation();

    Suspend(Consentry consentry) {
      this.consentry = consentry;
    }

    @Override
    public Integer call() throws InterruptedException {
      try (ConsentryClient client = consentry.connect()) {
        confirmation.require(consentry.terminal(), () -> "Suspend " + app + " for all accounts?");
        SuspendAppResponse reply = client.apps().suspend(app, reason);
        consentry.print(reply, () -> AppText.details(reply.getApp(), consentry.times()));
        return ExitCode.DONE;
      }
    }
  }

  /** Lets an app go on. */
  @Command(name = "resume", description = "Lets a suspended app go on, with its grants.")
  static final class Resume implements Callable<Integer> {
    private final Consentry consentry;

    @Parameters(paramLabel = "APP", description = "The app.")
    private String app = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the history.")
    private String reason = "";

    Resume(Consentry consentry) {
      this.consentry = consentry;
    }

    @Override
    public Integer call() throws InterruptedException {
      try (ConsentryClient client = consentry.connect()) {
        ResumeAppResponse reply = client.apps().resume(app, reason);
        consentry.print(reply, () -> AppText.details(reply.getApp(), consentry.times()));
        return ExitCode.DONE;
      }
    }
  }

  /** Retires an app. */
  @Command(name = "delete", description = "Retires an app that has no active grants.")
  static final class Delete implements Callable<Integer> {
    private final Consentry consentry;

    @Parameters(paramLabel = "APP", description = "The app.")
    private String app = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the history.")
    private String reason = "";

    @Option(names = "--allow-missing", description = "Succeed also if there is no such app.")
    private boolean allowMissing;

    @Mixin private Confirmation confirmation = new Confirmation();

    Delete(Consentry consentry) {
      this.consentry = consentry;
    }

    @Override
    public Integer call() throws InterruptedException {
      try (ConsentryClient client = consentry.connect()) {
        confirmation.require(consentry.terminal(), () -> "Delete " + app + "?");
        DeleteAppResponse reply =
            client
                .apps()
                .delete(
                    DeleteAppRequest.newBuilder()
                        .setAppId(app)
                        .setReason(reason)
                        .setAllowMissing(allowMissing)
                        .build());
        consentry.print(reply, () -> "deleted " + Names.printable(app) + "\n");
        return ExitCode.DONE;
      }
    }
  }
}
