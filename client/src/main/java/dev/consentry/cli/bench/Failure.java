package dev.consentry.cli.bench;

import dev.consentry.client.ConsentryException;
import dev.consentry.v1.CheckError;
import dev.consentry.v1.ErrorReason;
import io.grpc.Metadata;
import io.grpc.Status;

/**
 * Why there was no answer.
 *
 * @param reason {@code UNSPECIFIED} if the server gave none that this client knows
 */
public record Failure(Status.Code code, ErrorReason reason) {
  private static final String PREFIX = "ERROR_REASON_";

  /** No answer in the time that it may take. */
  static final Failure TIMED_OUT =
      new Failure(Status.Code.DEADLINE_EXCEEDED, ErrorReason.ERROR_REASON_UNSPECIFIED);

  /** An answer that belongs to no question, or none where one must be. */
  static final Failure UNMATCHED =
      new Failure(Status.Code.INTERNAL, ErrorReason.ERROR_REASON_UNSPECIFIED);

  static Failure of(Status status, Metadata trailers) {
    return new Failure(
        status.getCode(), ConsentryException.of(status.asRuntimeException(trailers)).reason());
  }

  static Failure of(CheckError error) {
    return new Failure(Status.fromCodeValue(error.getCode()).getCode(), error.getReason());
  }

  @Override
  public String toString() {
    return reason == ErrorReason.ERROR_REASON_UNSPECIFIED
        ? code.name()
        : code
            + " "
            + reason.name().substring(reason.name().startsWith(PREFIX) ? PREFIX.length() : 0);
  }
}
