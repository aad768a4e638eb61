package dev.consentry.server.rpc;

import dev.consentry.server.bench.BenchGrants;
import dev.consentry.server.bench.GatewayWorld;
import dev.consentry.server.door.Doors;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.GatewayFile;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.gateway.Subject;
import dev.consentry.server.gateway.SubjectSource;
import dev.consentry.server.gateway.TokenIssuer;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.DoorCounters;
import dev.consentry.server.security.AppTokenSettings;
import dev.consentry.server.security.AppTokens;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.JwtSettings;
import dev.consentry.server.table.GrantTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What a request costs that Envoy asks about, bytes to bytes in process; to be compared with {@link
 * MemoryBenchmark#requestToReply}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ExtAuthzBenchmark {
  private static final int ACCOUNTS = 1_024;

  private final byte[][] verified = new byte[ACCOUNTS][];
  private final byte[][] withToken = new byte[ACCOUNTS][];
  private final String[] jwts = new String[ACCOUNTS];
  private final AppTokens<Subject> tokens;
  private final ExtAuthzRpc envoy;
  private int next;

  /** Fills the table, and shows every token once. */
  public ExtAuthzBenchmark() {
    var world = new GatewayWorld();
    Path directory = temporary();
    Path file = world.writeConfiguration(directory);
    Gateway gateway = GatewayFile.read(file, new GatewayFile.Around(false, false));
    tokens = tokens(gateway, directory.resolve("keys.json"));
    GrantTable table =
        BenchGrants.tableFor(BenchGrants.questions(ACCOUNTS, "orders.read", "profile.read"));
    var counters = new Counters();
    var doors =
        new Doors(
            () -> gateway,
            Map.of(GatewayWorld.TOKEN, tokens),
            table,
            _ -> table,
            InstantSource.system(),
            counters,
            new DoorCounters(gateway.doors().keySet()),
            DecisionLog.OFF);
    var faults = new Faults(counters);
    var doorkeeper = new Doorkeeper(null, InstantSource.system(), Runnable::run, faults);
    envoy = new ExtAuthzRpc(doors, doorkeeper, new Calls(Runnable::run, faults), faults);
    for (int i = 0; i < ACCOUNTS; i++) {
      verified[i] = world.verified(i).toByteArray();
      jwts[i] = world.jwt(i);
      withToken[i] = world.withToken(i, jwts[i]).toByteArray();
      tokens.identify(jwts[i]);
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("bench");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static AppTokens<Subject> tokens(Gateway gateway, Path keys) {
    Door door = gateway.doors().get(GatewayWorld.TOKEN);
    if (door == null || !(door.subject() instanceof SubjectSource.Token source)) {
      throw new AssertionError("the door takes tokens");
    }
    TokenIssuer issuer = source.issuers().getFirst();
    var settings =
        new AppTokenSettings(
            List.of(
                new AppTokenSettings.Issuer(
                    issuer.issuer(),
                    issuer.audiences(),
                    AppTokenSettings.USUAL_ALGORITHMS,
                    issuer.type(),
                    new JwtSettings.Keys.File(keys))));
    return AppTokens.open(settings, claims -> subject(source, claims), InstantSource.system());
  }

  private static Subject subject(SubjectSource.Token source, Map<String, Object> claims) {
    try {
      return source.claims().subject(claims);
    } catch (NotLetThroughException e) {
      throw new AssertionError(e.detail(), e);
    }
  }

  @Benchmark
  public byte @Nullable [] verifiedToReply() {
    return envoy.checkNow(Caller.LOCAL, verified[next++ & ACCOUNTS - 1]);
  }

  @Benchmark
  public byte @Nullable [] tokenToReply() {
    int account = next++ & ACCOUNTS - 1;
    byte[] reply = envoy.checkNow(Caller.LOCAL, withToken[account]);
    if (reply == null) {
      // A token is remembered for a minute.
      tokens.identify(jwts[account]);
      reply = envoy.checkNow(Caller.LOCAL, withToken[account]);
    }
    return reply;
  }
}
