package dev.consentry.server.rpc;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.v1.CheckError;
import io.grpc.StatusRuntimeException;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns whatever was thrown into what a caller is told, and counts it. What is neither a refusal
 * nor a bad request is a bug: it is logged in full, and all the caller learns is under which id.
 */
final class Faults {
  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

  private final Counters counters;

  Faults(Counters counters) {
    this.counters = counters;
  }

  /** How a call ends. */
  StatusRuntimeException status(Throwable thrown) {
    return counted(thrown).status();
  }

  /** How an item ends. */
  CheckError checkError(Throwable thrown) {
    return counted(thrown).checkError();
  }

  private Fault counted(Throwable thrown) {
    Fault fault = fault(thrown);
    counters.failed(fault.reason());
    return fault;
  }

  private static Fault fault(Throwable thrown) {
    return switch (thrown) {
      case CompletionException wrapped when wrapped.getCause() != null -> fault(wrapped.getCause());
      case RefusedException refused -> Fault.of(refused.refusal());
      case InvalidFieldsException invalid ->
          Fault.of(new Refusal.InvalidRequest(invalid.violations()));
      // A load that took longer than a check waits.
      case TimeoutException _ -> Fault.of(new Refusal.StoreUnavailable());
      // Threads are refused only to a server that ends.
      case RejectedExecutionException _ -> Fault.of(new Refusal.ShuttingDown());
      default -> bug(thrown);
    };
  }

  private static Fault bug(Throwable thrown) {
    String errorId = UUID.randomUUID().toString();
    LOG.atError().setCause(thrown).addKeyValue("error_id", errorId).log("a mistake of ours");
    return Fault.internal(errorId);
  }
}
