package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.metrics.Counters;
import java.util.Locale;
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

  Fault of(Throwable thrown) {
    return counted(known(thrown));
  }

  Fault counted(Fault fault) {
    counters.failed(fault.reason().toLowerCase(Locale.ROOT));
    return fault;
  }

  private static Fault known(Throwable thrown) {
    return switch (thrown) {
      case CompletionException wrapped when wrapped.getCause() != null -> known(wrapped.getCause());
      case RefusedException refused -> Fault.of(refused.refusal());
      case InvalidFieldsException invalid -> Fault.of(invalid);
      // A load that took longer than an evaluation waits.
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
