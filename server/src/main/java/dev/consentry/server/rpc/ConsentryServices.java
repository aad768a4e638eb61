package dev.consentry.server.rpc;

import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.door.Doors;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.Measure;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.security.Authentication;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.DecisionPoint;
import io.grpc.BindableService;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The services of the contract, ready to be served with {@code directExecutor()}. */
public final class ConsentryServices {
  private final Doorkeeper doorkeeper;
  private final DecisionRpc decisions;
  private final Calls calls;
  private final Faults faults;
  private final StoreDoors storeDoors;
  private final DecisionPoint table;
  private final ConsentReads reads;
  private final Counters counters;
  private final List<ServerServiceDefinition> definitions;

  /**
   * Composes them.
   *
   * @param authentication null if nobody is asked who they are: then everybody may do everything
   * @param clock by which credentials end
   * @param virtualThreads runs what may block
   * @param serverVersion what the services say of themselves, in {@link ServerVersionHeader#NAME};
   *     decisions do not, because they would pay for it
   */
  public ConsentryServices(
      DecisionPoint table,
      GrantStore store,
      ConsentReads reads,
      @Nullable Authentication authentication,
      InstantSource clock,
      Executor virtualThreads,
      Counters counters,
      DecisionLog decisionLog,
      String serverVersion) {
    this.table = table;
    this.reads = reads;
    faults = new Faults(counters);
    calls = new Calls(virtualThreads, faults);
    doorkeeper = new Doorkeeper(authentication, clock, virtualThreads, faults);
    this.counters = counters;
    storeDoors = new StoreDoors(() -> Doorkeeper.caller().actor().principal());
    decisions =
        new DecisionRpc(
            storeDoors.before(table), table, doorkeeper, calls, faults, counters, decisionLog);
    GrantStore writes = storeDoors.before(store);
    ConsentReads boundedReads = storeDoors.before(reads);
    var before = List.of(doorkeeper, new Guard(faults), new ServerVersionHeader(serverVersion));
    definitions =
        List.of(
            decisions.definition(),
            described(new GrantRpc(writes, boundedReads, calls), faults, before),
            described(new AppRpc(writes, boundedReads, calls), faults, before),
            described(new HistoryRpc(boundedReads, calls), faults, before));
  }

  private static ServerServiceDefinition described(
      BindableService service, Faults faults, List<ServerInterceptor> before) {
    return MalformedMessages.refusedBy(
        faults, ServerInterceptors.interceptForward(service, before));
  }

  /** The service of decisions alone: of a table that is nobody's, and counted nowhere else. */
  public static ServerServiceDefinition decisionsOf(
      DecisionPoint table, Executor virtualThreads, Counters counters) {
    var faults = new Faults(counters);
    var doorkeeper = new Doorkeeper(null, InstantSource.system(), virtualThreads, faults);
    var calls = new Calls(virtualThreads, faults);
    return new DecisionRpc(table, table, doorkeeper, calls, faults, counters, DecisionLog.OFF)
        .definition();
  }

  public List<ServerServiceDefinition> definitions() {
    return definitions;
  }

  /** Envoy's service, at these doors. */
  public ServerServiceDefinition extAuthz(Doors doors) {
    return new ExtAuthzRpc(doors, doorkeeper, calls, faults).definition();
  }

  /**
   * The table for calls that come in another way: with the bounds that hold for these.
   *
   * @param caller who asks on this thread
   */
  public DecisionPoint tableFor(Supplier<Caller> caller) {
    return storeDoors.before(table, () -> caller.get().actor().principal());
  }

  /** As {@link #tableFor}. */
  public ConsentReads readsFor(Supplier<Caller> caller) {
    return storeDoors.before(reads, () -> caller.get().actor().principal());
  }

  /** What was refused because there was too much to do, and every error. */
  public List<Measure> measures() {
    var measures = new ArrayList<>(storeDoors.measures());
    measures.add(Measure.of(Metric.CALLS_REFUSED, doorkeeper::shedCount, "credentials"));
    measures.addAll(counters.errors(Faults.reasons()));
    return measures;
  }

  /** What has to see every connection on which the services are called. */
  public ServerTransportFilter connections() {
    return doorkeeper.connections();
  }

  /**
   * Ends every stream of checks as soon as what it has open is answered, with {@code UNAVAILABLE}.
   * All other calls go on being answered. Returns at once; may be called again.
   */
  public void drain() {
    decisions.drain();
  }
}
