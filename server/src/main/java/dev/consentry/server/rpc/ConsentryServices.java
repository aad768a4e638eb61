package dev.consentry.server.rpc;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.table.DecisionPoint;
import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The services of the contract, ready to be served with {@code directExecutor()}. */
public final class ConsentryServices {
  private final DecisionRpc decisions;
  private final List<ServerServiceDefinition> definitions;

  /**
   * Composes them.
   *
   * @param caller who makes the current call; asked in its {@link io.grpc.Context}
   * @param virtualThreads runs what may block
   * @param serverVersion what the services say of themselves, in {@link ServerVersionHeader#NAME};
   *     decisions do not, because they would pay for it
   */
  public ConsentryServices(
      DecisionPoint table,
      GrantStore store,
      ConsentReads reads,
      Supplier<Actor> caller,
      Executor virtualThreads,
      Counters counters,
      DecisionLog decisionLog,
      String serverVersion) {
    var faults = new Faults(counters);
    var calls = new Calls(virtualThreads, faults);
    var version = new ServerVersionHeader(serverVersion);
    decisions = new DecisionRpc(table, calls, faults, counters, decisionLog);
    definitions =
        List.of(
            decisions.definition(),
            described(new GrantRpc(store, reads, caller, calls), faults, version),
            described(new AppRpc(store, reads, caller, calls), faults, version),
            described(new HistoryRpc(reads, calls), faults, version));
  }

  private static ServerServiceDefinition described(
      BindableService service, Faults faults, ServerVersionHeader version) {
    return ServerInterceptors.intercept(
        MalformedMessages.refusedBy(faults, service.bindService()), version);
  }

  /** The service of decisions alone: of a table that is nobody's, and counted nowhere else. */
  public static ServerServiceDefinition decisionsOf(
      DecisionPoint table, Executor virtualThreads, Counters counters) {
    var faults = new Faults(counters);
    var calls = new Calls(virtualThreads, faults);
    return new DecisionRpc(table, calls, faults, counters, DecisionLog.OFF).definition();
  }

  public List<ServerServiceDefinition> definitions() {
    return definitions;
  }

  /**
   * Ends every stream of checks as soon as what it has open is answered, with {@code UNAVAILABLE}.
   * All other calls go on being answered. Returns at once; may be called again.
   */
  public void drain() {
    decisions.drain();
  }
}
