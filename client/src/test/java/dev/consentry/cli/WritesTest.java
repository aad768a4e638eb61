package dev.consentry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.client.FakeServer;
import dev.consentry.v1.App;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.PreviewGrantResponse;
import dev.consentry.v1.RevokeAppRequest;
import dev.consentry.v1.RevokeRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that change something: what they show, ask, send and print. */
final class WritesTest {
  private static final String[] GRANT = {
    "grant", "--account", "acme", "--app", "ledger-sync", "--optional-scope", "invoices.write"
  };

  private final FakeServer server = World.serve(FakeServer.start());

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void grant_yes_showsAndGrantsWhatWasShown() {
    CommandRun run = CommandRun.of(server, with(GRANT, "--yes", "--reason", "month end"));

    assertEquals(
        new CommandRun(
            0,
            """
            account    acme
            app        ledger-sync
            name       Ledger Sync
            state      ACTIVE
            scopes     invoices.read
                       invoices.write
            agreed to  version 3
            granted    3 days ago (2026-11-20 10:12Z) by local: month end
            expires    never
            revision   r-7
            """,
            """
            account    acme
            app        ledger-sync (version 3)
            name       Ledger Sync
            publisher  Acme Books
            scopes
              [x] invoices.read   required  Reads invoices
              [x] invoices.write  optional  Books payments
              [ ] contacts.read   optional  Names payers
            """),
        run);
    GrantRequest sent = server.requests(GrantServiceGrpc.getGrantMethod()).get(0);
    assertEquals("acme", sent.getAccountId());
    assertEquals("ledger-sync", sent.getAppId());
    assertEquals(List.of("invoices.write"), sent.getOptionalScopesList());
    assertEquals(3, sent.getManifestVersion());
    assertEquals("month end", sent.getReason());
    assertFalse(sent.getReplace());
    assertEquals("", sent.getExpectedRevision());
    assertFalse(sent.hasExpireTime());
    assertEquals(36, sent.getRequestId().length());
  }

  @Test
  void grant_json_keepsThePreviewApart() {
    CommandRun run = CommandRun.of(server, with(GRANT, "-y", "--output", "json"));

    assertEquals(0, run.code());
    assertTrue(run.out().startsWith("{\n  \"grant\": {"), run.out());
    assertTrue(run.err().contains("[x] invoices.read"), run.err());
  }

  @ParameterizedTest
  @CsvSource({
    "2027-01-31, 2027-01-31T00:00:00Z",
    "2027-01-31T08:30:00+02:00, 2027-01-31T06:30:00Z",
    "2027-01-31t08:30:00z, 2027-01-31T08:30:00Z",
  })
  void grant_expires_isSentAndShown(String typed, String expected) {
    CommandRun run = CommandRun.of(server, with(GRANT, "--yes", "--expires", typed));

    assertEquals(0, run.code());
    assertTrue(run.err().contains("expires  in 2 months (2027-01-31 "), run.err());
    assertEquals(
        World.time(expected),
        server.requests(GrantServiceGrpc.getGrantMethod()).get(0).getExpireTime());
  }

  @Test
  void grant_replace_showsTheDifferenceAndGuardsWhatItSaw() {
    granted();

    CommandRun run = CommandRun.of(server, with(GRANT, "--yes", "--replace"));

    assertEquals(0, run.code());
    assertTrue(
        run.err().contains("so far     ACTIVE, granted 3 days ago (2026-11-20 10:12Z)\n"),
        run.err());
    assertTrue(run.err().endsWith("added    invoices.write\nremoved  none\n"), run.err());
    GrantRequest sent = server.requests(GrantServiceGrpc.getGrantMethod()).get(0);
    assertTrue(sent.getReplace());
    assertEquals("r-7", sent.getExpectedRevision());
  }

  @Test
  void grant_activeWithoutReplace_isNotEvenAsked() {
    granted();

    CommandRun run = CommandRun.typing("y\n", server, GRANT);

    assertEquals(2, run.code());
    assertTrue(run.err().contains("add --replace"), run.err());
    assertEquals(List.of(), server.requests(GrantServiceGrpc.getGrantMethod()));
  }

  @Test
  void grant_suspendedApp_isNotEvenAsked() {
    server.on(
        GrantServiceGrpc.getPreviewGrantMethod(),
        request ->
            PreviewGrantResponse.newBuilder()
                .setApp(World.APP.toBuilder().setState(App.State.STATE_SUSPENDED))
                .build());

    CommandRun run = CommandRun.of(server, with(GRANT, "--yes"));

    assertEquals(2, run.code());
    assertTrue(run.err().endsWith("consentry: nothing changed: the app is suspended\n"), run.err());
    assertEquals(List.of(), server.requests(GrantServiceGrpc.getGrantMethod()));
  }

  @Test
  void grant_manifestChangedMeanwhile_saysWhatToDo() {
    server.on(
        GrantServiceGrpc.getGrantMethod(),
        request -> {
          throw FakeServer.refusal(
              Status.Code.ABORTED,
              ErrorReason.ERROR_REASON_MANIFEST_CHANGED,
              "the app has changed",
              Map.of("manifest_version", "4"));
        });

    CommandRun run = CommandRun.of(server, with(GRANT, "--yes"));

    assertEquals(2, run.code());
    assertTrue(
        run.err()
            .endsWith(
                """
                consentry: the app has changed (ABORTED MANIFEST_CHANGED)
                  manifest_version: 4
                The app has changed since it was shown: run the command again to see what it asks for now.
                """),
        run.err());
  }

  @Test
  void grant_outcomeUnknown_saysWhatToDo() {
    server.on(
        GrantServiceGrpc.getGrantMethod(),
        request -> {
          throw FakeServer.refusal(
              Status.Code.UNAVAILABLE,
              ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
              "perhaps written",
              Map.of());
        });

    CommandRun run = CommandRun.of(server, with(GRANT, "--yes"));

    assertEquals(2, run.code());
    assertTrue(run.err().contains("may have been made or not"), run.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grant --account acme --app ledger-sync",
        "revoke --account acme --app ledger-sync",
        "revoke-app ledger-sync",
        "apps suspend ledger-sync",
        "apps delete ledger-sync",
      })
  void write_noTerminalOrNoYes_changesNothing(String line) {
    String[] args = line.split(" ", -1);

    CommandRun alone = CommandRun.piping("y\n", server, args);
    CommandRun declined = CommandRun.typing("n\n", server, args);
    CommandRun hungUp = CommandRun.typing("", server, args);
    CommandRun entered = CommandRun.typing("\n", server, args);

    assertEquals(2, alone.code());
    assertTrue(alone.err().contains("nothing changed"), alone.err());
    assertTrue(alone.err().contains("--yes"), alone.err());
    for (CommandRun run : List.of(declined, hungUp, entered)) {
      assertEquals(2, run.code());
      assertTrue(run.err().contains("? [y/N] "), run.err());
      assertTrue(run.err().endsWith("consentry: nothing changed\n"), run.err());
      assertEquals("", run.out());
    }
    assertEquals(List.of(), server.requests(GrantServiceGrpc.getGrantMethod()));
    assertEquals(List.of(), server.requests(GrantServiceGrpc.getRevokeMethod()));
    assertEquals(List.of(), server.requests(AppServiceGrpc.getSuspendAppMethod()));
    assertEquals(List.of(), server.requests(AppServiceGrpc.getDeleteAppMethod()));
    assertTrue(
        server.requests(GrantServiceGrpc.getRevokeAppMethod()).stream()
            .allMatch(RevokeAppRequest::getDryRun));

    assertEquals(0, CommandRun.typing("y\n", server, args).code());
    assertEquals(0, CommandRun.of(server, with(args, "--yes")).code());
  }

  @Test
  void revoke_yes_showsWhatIsLeft() {
    CommandRun run =
        CommandRun.of(
            server,
            "revoke",
            "--account",
            "acme",
            "--app",
            "ledger-sync",
            "--reason",
            "left",
            "--allow-missing",
            "--yes");

    assertEquals(0, run.code());
    assertTrue(run.out().contains("state      REVOKED\n"), run.out());
    assertTrue(
        run.out().contains("revoked    just now (2026-11-23 10:12Z) by local: left\n"), run.out());
    RevokeRequest sent = server.requests(GrantServiceGrpc.getRevokeMethod()).get(0);
    assertTrue(sent.getAllowMissing());
    assertEquals("left", sent.getReason());
    assertTrue(
        CommandRun.of(server, "revoke", "--account", "a", "--app", "x", "-y", "--output", "json")
            .out()
            .contains("\"state\": \"STATE_REVOKED\""));
  }

  @Test
  void revokeApp_steps_areLines() {
    assertEquals(
        new CommandRun(0, "100 revoked, 1 remaining\n101 revoked, 0 remaining\n", ""),
        CommandRun.of(server, "revoke-app", "ledger-sync", "--yes"));
    assertEquals(
        new CommandRun(
            0,
            "{\"revokedCount\":\"100\",\"remainingCount\":\"1\"}\n{\"revokedCount\":\"101\"}\n",
            ""),
        CommandRun.of(server, "revoke-app", "ledger-sync", "--yes", "--output", "json"));
  }

  @Test
  void revokeApp_dryRun_onlyCountsAndDoesNotAsk() {
    assertEquals(
        new CommandRun(0, "101 active grants would be revoked\n", ""),
        CommandRun.of(server, "revoke-app", "ledger-sync", "--dry-run"));
    assertTrue(server.requests(GrantServiceGrpc.getRevokeAppMethod()).get(0).getDryRun());
  }

  @Test
  void revokeApp_onATerminal_saysHowMany() {
    CommandRun run = CommandRun.typing("yes\n", server, "revoke-app", "ledger-sync");

    assertEquals(0, run.code());
    assertEquals("Revoke 101 active grants of ledger-sync? [y/N] ", run.err());
  }

  @Test
  void apps_put_sendsTheManifest(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("app.yaml");
    Files.writeString(file, "app_id: ledger-sync\ndisplay_name: Ledger Sync\n");

    CommandRun run = CommandRun.of(server, "apps", "put", file.toString());
    CommandRun piped =
        CommandRun.piping(
            "{\"appId\": \"ledger-sync\"}",
            server,
            "apps",
            "put",
            "-",
            "--expected-version",
            "0",
            "--output",
            "json");

    assertEquals(0, run.code(), run.err());
    assertEquals(
        """
        app        ledger-sync
        name       Ledger Sync
        publisher  Acme Books
        state      ACTIVE
        version    3
        created    3 months ago (2026-08-01 00:00Z)
        updated    10 minutes ago (2026-11-23 10:02Z)
        revision   r-3
        scopes
          invoices.read   required  Reads invoices
          invoices.write  optional  Books payments
          contacts.read   optional  Names payers
        """,
        run.out());
    assertEquals(0, piped.code(), piped.err());
    assertTrue(piped.out().contains("\"manifestVersion\": 3"), piped.out());
    var sent = server.requests(AppServiceGrpc.getPutAppMethod());
    assertEquals("Ledger Sync", sent.get(0).getApp().getDisplayName());
    assertFalse(sent.get(0).hasExpectedVersion());
    assertEquals("ledger-sync", sent.get(1).getApp().getAppId());
    assertTrue(sent.get(1).hasExpectedVersion());
  }

  @Test
  void apps_putWhatIsNoManifest_saysWhyAndSendsNothing(@TempDir Path directory) {
    CommandRun missing = CommandRun.of(server, "apps", "put", directory + "/none.yaml");
    CommandRun unknown = CommandRun.piping("app_id: x\nscopes: []\n", server, "apps", "put", "-");

    assertEquals(2, missing.code());
    assertTrue(missing.err().contains("there is no such file"), missing.err());
    assertEquals(2, unknown.code());
    assertTrue(unknown.err().contains("scopes"), unknown.err());
    assertEquals(List.of(), server.received());
  }

  @Test
  void apps_list_isATable() {
    assertEquals(
        new CommandRun(
            0,
            """
            APP          NAME         PUBLISHER   STATE   VERSION  REQUIRED  OPTIONAL  UPDATED
            ledger-sync  Ledger Sync  Acme Books  ACTIVE  3        1         2         10 minutes ago (2026-11-23 10:02Z)
            """,
            ""),
        CommandRun.of(server, "apps", "list"));
    assertTrue(
        CommandRun.of(server, "apps", "list", "--state", "suspended", "--output", "json")
            .out()
            .startsWith("{\n  \"apps\": [{"));
    var sent = server.requests(AppServiceGrpc.getListAppsMethod());
    assertEquals(List.of(), sent.get(0).getStatesList());
    assertEquals(List.of(App.State.STATE_SUSPENDED), sent.get(1).getStatesList());
  }

  @Test
  void apps_get_showsTheVersionAskedFor() {
    assertTrue(
        CommandRun.of(server, "apps", "get", "ledger-sync", "--manifest-version", "2")
            .out()
            .startsWith("app        ledger-sync\n"));
    assertTrue(
        CommandRun.of(server, "apps", "get", "ledger-sync", "--output", "json")
            .out()
            .contains("\"appId\": \"ledger-sync\""));
    var sent = server.requests(AppServiceGrpc.getGetAppMethod());
    assertEquals(2, sent.get(0).getManifestVersion());
    assertEquals(0, sent.get(1).getManifestVersion());
  }

  @Test
  void apps_suspendResumeDelete_passTheReasonOn() {
    CommandRun suspended =
        CommandRun.of(server, "apps", "suspend", "ledger-sync", "--reason", "leak", "--yes");
    CommandRun resumed =
        CommandRun.of(server, "apps", "resume", "ledger-sync", "--reason", "fixed");
    CommandRun deleted =
        CommandRun.of(
            server, "apps", "delete", "ledger-sync", "--reason", "gone", "--allow-missing", "-y");

    assertTrue(suspended.out().contains("state      SUSPENDED: leak\n"), suspended.out());
    assertTrue(resumed.out().contains("state      ACTIVE\n"), resumed.out());
    assertEquals(new CommandRun(0, "deleted ledger-sync\n", ""), deleted);
    assertEquals("fixed", server.requests(AppServiceGrpc.getResumeAppMethod()).get(0).getReason());
    var delete = server.requests(AppServiceGrpc.getDeleteAppMethod()).get(0);
    assertEquals("gone", delete.getReason());
    assertTrue(delete.getAllowMissing());
    for (String verb : List.of("suspend", "resume", "delete")) {
      CommandRun json =
          CommandRun.of(
              server,
              verb.equals("resume")
                  ? new String[] {"apps", verb, "x", "--output", "json"}
                  : new String[] {"apps", verb, "x", "--yes", "--output", "json"});
      assertEquals(0, json.code());
      assertTrue(json.out().startsWith("{"), json.out());
    }
  }

  private void granted() {
    server.on(
        GrantServiceGrpc.getPreviewGrantMethod(),
        request ->
            PreviewGrantResponse.newBuilder()
                .setApp(World.APP)
                .setCurrentGrant(World.GRANT.toBuilder().setState(Grant.State.STATE_ACTIVE))
                .addAllScopes(List.of("invoices.read", "invoices.write"))
                .addAddedScopes("invoices.write")
                .build());
  }

  private static String[] with(String[] args, String... more) {
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }
}
