package dev.consentry.server.rpc;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.metrics.Counters;
import dev.consentry.v1.CheckError;
import dev.consentry.v1.ErrorReason;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns whatever was thrown into what a caller is told, and counts it. What is neither a refusal
 * nor a bad request is a bug: it is logged in full, and all the caller learns is under which id.
 */
final class Faults {
  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

  private static final String REASON_PREFIX = "ERROR_REASON_";

  private final Counters counters;

  Faults(Counters counters) {
    this.counters = counters;
  }

  /** Everything that it counts, by the names that it counts it under. */
  static List<String> reasons() {
    return Stream.of(ErrorReason.values())
        .filter(reason -> reason != ErrorReason.UNRECOGNIZED)
        .filter(reason -> reason != ErrorReason.ERROR_REASON_UNSPECIFIED)
        .map(Faults::lower)
        .toList();
  }

  /** How a call ends. */
  StatusRuntimeException status(Throwable thrown) {
    return counted(thrown).status();
  }

  /** How an item ends. */
  CheckError checkError(Throwable thrown) {
    return counted(thrown).checkError();
  }

  /** What a caller is told of it, in one word. */
  static ErrorReason reason(Throwable thrown) {
    Fault known = known(thrown);
    return known == null ? ErrorReason.ERROR_REASON_INTERNAL : known.reason();
  }

  private Fault counted(Throwable thrown) {
    Fault known = known(thrown);
    Fault fault = known == null ? bug(thrown) : known;
    counters.failed(lower(fault.reason()));
    return fault;
  }

  /** Null if it is a bug. */
  private static @Nullable Fault known(Throwable thrown) {
    return switch (thrown) {
      case CompletionException wrapped when wrapped.getCause() != null -> known(wrapped.getCause());
      case RefusedException refused -> Fault.of(refused.refusal());
      case InvalidFieldsException invalid ->
          Fault.of(new Refusal.InvalidRequest(invalid.violations()));
      // A load that took longer than a check waits.
      case TimeoutException _ -> Fault.of(new Refusal.StoreUnavailable());
      // Threads are refused only to a server that ends.
      case RejectedExecutionException _ -> Fault.of(new Refusal.ShuttingDown());
      default -> null;
    };
  }

  private static String lower(ErrorReason reason) {
    return reason.name().substring(REASON_PREFIX.length()).toLowerCase(Locale.ROOT);
  }

  private static Fault bug(Throwable thrown) {
    String errorId = UUID.randomUUID().toString();
    LOG.atError().setCause(thrown).addKeyValue("error_id", errorId).log("a mistake of ours");
    return Fault.internal(errorId);
  }
}
