package dev.consentry.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.consentry.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A call without an answer. For a check this means no. */
public final class ConsentryException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final String DOMAIN = "consentry.dev";

  /**
   * A field of the request that is wrong.
   *
   * @param field its path, as in {@code app.required_scopes[2].name}
   * @param description what is wrong with it
   */
  public record Violation(String field, String description) {}

  private final Status.Code code;
  private final ErrorReason reason;
  // Not part of what is serialized: an exception that travels keeps its code, reason and message.
  private final transient Details details;

  ConsentryException(Status.Code code, ErrorReason reason, String message) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = Details.NONE;
  }

  private ConsentryException(Status status, Details details, Throwable cause) {
    super(
        status.getDescription() == null ? status.getCode().name() : status.getDescription(), cause);
    this.code = status.getCode();
    this.reason = details.reason();
    this.details = details;
  }

  /** Reads what the server said. Details that this client cannot read count as absent. */
  public static ConsentryException of(StatusRuntimeException failure) {
    com.google.rpc.@Nullable Status status = StatusProto.fromThrowable(failure);
    Details details = status == null ? Details.NONE : Details.read(status.getDetailsList());
    return new ConsentryException(failure.getStatus(), details, failure);
  }

  /** The gRPC status code; never OK. */
  public Status.Code code() {
    return code;
  }

  /** The server's reason; {@code UNSPECIFIED} if it gave none that this client knows. */
  public ErrorReason reason() {
    return reason;
  }

  /** The variable parts of the reason, by the keys that the contract lists with each. */
  public Map<String, String> metadata() {
    return details().metadata();
  }

  /** Every field that is wrong, if that is why. */
  public List<Violation> violations() {
    return details().violations();
  }

  /** How long to wait before the next try, if the server said so. */
  public Optional<Duration> retryDelay() {
    return Optional.ofNullable(details().retryDelay());
  }

  // NullAway cannot know: null after deserialization.
  @SuppressWarnings("NullAway")
  private Details details() {
    return details == null ? Details.NONE : details;
  }

  /** What stands in the details of a status. */
  private record Details(
      ErrorReason reason,
      Map<String, String> metadata,
      List<Violation> violations,
      @Nullable Duration retryDelay) {
    static final Details NONE =
        new Details(ErrorReason.ERROR_REASON_UNSPECIFIED, Map.of(), List.of(), null);

    static Details read(List<Any> anys) {
      ErrorReason reason = NONE.reason;
      Map<String, String> metadata = NONE.metadata;
      List<Violation> violations = NONE.violations;
      @Nullable Duration retryDelay = null;
      for (Any any : anys) {
        try {
          if (any.is(ErrorInfo.class)) {
            ErrorInfo info = any.unpack(ErrorInfo.class);
            if (info.getDomain().equals(DOMAIN)) {
              reason = reasonNamed(info.getReason());
              metadata = Map.copyOf(info.getMetadataMap());
            }
          } else if (any.is(BadRequest.class)) {
            violations =
                any.unpack(BadRequest.class).getFieldViolationsList().stream()
                    .map(v -> new Violation(v.getField(), v.getDescription()))
                    .toList();
          } else if (any.is(RetryInfo.class)) {
            com.google.protobuf.Duration delay = any.unpack(RetryInfo.class).getRetryDelay();
            retryDelay = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
          }
        } catch (InvalidProtocolBufferException e) {
          // Unreadable is absent: the code and the message still stand.
        }
      }
      return new Details(reason, metadata, violations, retryDelay);
    }

    private static ErrorReason reasonNamed(String name) {
      for (ErrorReason reason : ErrorReason.values()) {
        if (reason.name().equals(name) && reason != ErrorReason.UNRECOGNIZED) {
          return reason;
        }
      }
      return ErrorReason.ERROR_REASON_UNSPECIFIED;
    }
  }
}
