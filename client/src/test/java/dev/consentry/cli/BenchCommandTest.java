package dev.consentry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import dev.consentry.cli.bench.CheckAnswers;
import dev.consentry.client.FakeServer;
import dev.consentry.v1.App;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantResponse;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.PutAppResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the load generator takes, asks for, and prints. */
final class BenchCommandTest {
  private static final String SHORT = "bench --duration 200ms --warm-up 0s ";

  private final FakeServer server = CheckAnswers.on(World.serve(FakeServer.start()));

  @AfterEach
  void close() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rate 0 | --rate must be above 0",
        "--rate 1000001 | --rate must be above 0 and at most 1000000",
        "--rate fast | --rate",
        "--concurrency 10001 | --concurrency must be from 1 to 10000",
        "--rate 10 --concurrency 10 | exclude each other",
        "--mode batch --batch-size 1001 | --batch-size must be from 1 to 1000",
        "--batch-size 10 | --batch-size goes with --mode batch only",
        "--mode batch --streams 2 | --streams goes with --mode stream only",
        "--mode stream --connections 3 --streams 2 | --streams must be at least --connections",
        "--connections 0 | --connections must be from 1 to 100",
        "--allow 50 --deny 49 | must sum to 100, and sum to 99",
        "--allow 101 | --allow must be from 0 to 100",
        "--keys uniform --zipf-exponent 1 | --zipf-exponent goes with --keys zipf only",
        "--zipf-exponent 0 | --zipf-exponent must be above 0",
        "--accounts 0 | --accounts must be from 1",
        "--accounts 100001 --apps 10 | must be at most 1000000, and is 1000010",
        "--account acme --app x | needs all of --account, --app and --scope",
        "--account acme --app x --scope s --seed 1 | are one fixed question",
        "--account acme --app x --scope s --prepare | --prepare does not go with",
        "--duration 0s | --duration",
        "--duration 99ms | --duration must be from 100ms to 60m",
        "--warm-up 61m | --warm-up must be from 0s to 60m",
        "--timeout 11m | --timeout must be from",
        "--mode both | --mode",
        "--html /no/such/directory/page.html | cannot write `/no/such/directory/page.html`",
      })
  void bench_wrongUsage_saysWhatIsWrongAndAsksNothing(String options, String message) {
    CommandRun run = CommandRun.of(server, ("bench " + options).split(" ", -1));

    assertEquals(2, run.code(), run.toString());
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("consentry: "), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals(List.of(), server.received());
  }

  @Test
  void bench_text_isWhatWasAskedAndWhatCameOfIt() {
    CommandRun run = run(SHORT + "--rate 500 --seed 42");

    assertEquals(0, run.code(), run.err());
    assertEquals("", run.err());
    assertTrue(
        run.out()
            .startsWith(
                """
                server  %s
                load    open loop, 500/s
                calls   unary over 2 connections
                keys    1,000 accounts × 10 apps, zipf 0.99, seed 42
                shares  80 %% allow, 15 %% deny, 5 %% never seen
                time    200ms after 0s of warm-up, timeout 10s

                measured\
                """
                    .formatted(server.address())),
        run.out());
    for (String line :
        List.of(
            "asked ", "achieved ", "answers ", "  ALLOW ", "errors ", "  p99.9 ", "sent late")) {
      assertTrue(run.out().contains("\n" + line), line + run.out());
    }
  }

  @Test
  void bench_fixedQuestion_needsNoWorld() {
    server.onNothing(DecisionServiceGrpc.getBatchCheckMethod());

    CommandRun run = run(SHORT + "--account acme --app x --scope s --output json --mode stream");

    assertEquals(0, run.code(), run.err());
    var json = JsonParser.parseString(run.out()).getAsJsonObject();
    assertTrue(json.get("answers").getAsLong() > 0, run.out());
    assertEquals("acme", json.getAsJsonObject("settings").get("account").getAsString());
    assertEquals(List.of(), server.requests(DecisionServiceGrpc.getBatchCheckMethod()));
  }

  @Test
  void bench_page_isWrittenBesideTheText(@TempDir Path directory) throws Exception {
    Path page = directory.resolve("page.html");

    CommandRun run = run(SHORT + "--html " + page);

    assertEquals(0, run.code(), run.err());
    assertEquals("page  " + page + "\n", run.err());
    assertTrue(Files.readString(page).startsWith("<!DOCTYPE html>"));
  }

  @Test
  void bench_terminal_showsHowItGetsOn() {
    CommandRun run =
        CommandRun.typing(
            "", server, "bench", "--duration", "1500ms", "--warm-up", "0s", "--rate", "100");

    assertEquals(0, run.code(), run.err());
    assertTrue(run.err().matches("(?s)\r1 s of 1 s   \\S+/s   p50 .+   errors 0\r.*"), run.err());
    assertTrue(run.err().endsWith("\r"), run.err());
  }

  @Test
  void bench_noAnswers_exitsTwoAndReportsAllTheSame() {
    server.onNothing(DecisionServiceGrpc.getCheckMethod());

    CommandRun run = run(SHORT + "--concurrency 2 --timeout 200ms");

    assertEquals(2, run.code());
    assertTrue(run.out().contains("DEADLINE_EXCEEDED"), run.out());
  }

  @Test
  void bench_worldNotThere_saysHowToWriteItAndLoadsNothing() {
    nothingGranted();

    CommandRun run = run(SHORT + "--accounts 30 --apps 2");

    assertEquals(
        new CommandRun(
            2,
            "",
            """
            consentry: what bench asks about is not on %1$s: 60 of 60 grants looked at are not there, such as bench-app-1 for account bench-1
              to write it (60 grants of 30 accounts to 2 apps): consentry --server %1$s bench --prepare --accounts 30 --apps 2
              or ask about what is there: consentry bench --account A --app X --scope S
            """
                .formatted(server.address())),
        run);
    assertEquals(List.of(), server.requests(DecisionServiceGrpc.getCheckMethod()));
    // Nobody has to have granted anything for questions about accounts that are never seen twice.
    assertEquals(0, run(SHORT + "--never-seen 100").code());
  }

  @Test
  void prepare_nobodyAgrees_writesNothing() {
    CommandRun script = run("bench --prepare");
    CommandRun declined = CommandRun.typing("n\n", server, "bench", "--prepare");

    assertEquals(2, script.code());
    assertTrue(script.err().contains("--yes"), script.err());
    assertEquals(2, declined.code());
    assertTrue(
        declined
            .err()
            .startsWith("Write 10,000 grants of 1,000 accounts to 10 apps to " + server.address()),
        declined.err());
    assertEquals(List.of(), server.received());
  }

  @Test
  void prepare_agreed_writesWhatIsNotThere() {
    Set<String> granted = nothingGranted();
    String prepare = "bench --prepare --accounts 700 --apps 2 --yes";

    CommandRun first = run(prepare);
    CommandRun second = run(prepare);

    String world = "prepared  1,400 grants of 700 accounts to 2 apps";
    assertEquals(new CommandRun(0, world + "\n", ""), first);
    assertEquals(new CommandRun(0, world + " (1,400 were there)\n", ""), second);
    assertEquals(1_400, granted.size());
    List<PutAppRequest> apps = server.requests(AppServiceGrpc.getPutAppMethod());
    assertEquals(
        List.of("bench-app-1", "bench-app-2", "bench-app-1", "bench-app-2"),
        apps.stream().map(a -> a.getApp().getAppId()).toList());
    List<GrantRequest> grants = server.requests(GrantServiceGrpc.getGrantMethod());
    assertEquals(1_400, grants.size());
    assertEquals(
        Set.of(1, 2),
        new HashSet<>(grants.stream().map(GrantRequest::getManifestVersion).toList()));
    assertFalse(grants.stream().anyMatch(g -> g.getOptionalScopesCount() > 0));
    assertEquals(0, run(SHORT + "--accounts 700 --apps 2").code());
  }

  private CommandRun run(String line) {
    return CommandRun.of(server, line.split(" ", -1));
  }

  /** Allows in batches only what is granted from now on. */
  private Set<String> nothingGranted() {
    Set<String> granted = ConcurrentHashMap.newKeySet();
    server
        .on(
            AppServiceGrpc.getPutAppMethod(),
            put ->
                PutAppResponse.newBuilder()
                    .setApp(
                        App.newBuilder(put.getApp())
                            .setManifestVersion(put.getApp().getAppId().endsWith("2") ? 2 : 1))
                    .build())
        .on(
            GrantServiceGrpc.getGrantMethod(),
            grant -> {
              granted.add(grant.getAccountId() + " " + grant.getAppId());
              return GrantResponse.getDefaultInstance();
            })
        .on(DecisionServiceGrpc.getBatchCheckMethod(), batch -> answers(batch, granted));
    return granted;
  }

  private static BatchCheckResponse answers(BatchCheckRequest batch, Set<String> granted) {
    BatchCheckResponse.Builder response = BatchCheckResponse.newBuilder();
    batch
        .getItemsList()
        .forEach(item ->
            response.addResults(
                BatchCheckResult.newBuilder()
                    .setResponse(
                        CheckResponse.newBuilder()
                            .setDecision(
                                granted.contains(item.getAccountId() + " " + item.getAppId())
                                    ? Decision.DECISION_ALLOW
                                    : Decision.DECISION_DENY))));
    return response.build();
  }
}
