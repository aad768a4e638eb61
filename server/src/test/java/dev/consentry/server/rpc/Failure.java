package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.consentry.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.function.Executable;

/** How a call failed, as a caller reads it. */
record Failure(
    Status.Code code,
    ErrorReason reason,
    String message,
    Map<String, String> metadata,
    List<FieldViolation> violations,
    @Nullable Duration retryAfter) {

  /** The failure of a call that has to fail, and as the contract says that calls do. */
  static Failure of(Executable call) {
    return of(assertThrows(StatusRuntimeException.class, call));
  }

  static Failure of(Throwable thrown) {
    var status = StatusProto.fromThrowable(thrown);
    assertNotNull(status, () -> "no details in " + thrown);
    var infos = new ArrayList<ErrorInfo>();
    var violations = new ArrayList<FieldViolation>();
    Duration retryAfter = null;
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          infos.add(detail.unpack(ErrorInfo.class));
        } else if (detail.is(BadRequest.class)) {
          violations.addAll(detail.unpack(BadRequest.class).getFieldViolationsList());
        } else {
          var delay = detail.unpack(RetryInfo.class).getRetryDelay();
          retryAfter = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    assertEquals(1, infos.size(), "exactly one ErrorInfo");
    ErrorInfo info = infos.getFirst();
    assertEquals("consentry.dev", info.getDomain());
    return new Failure(
        Status.fromCodeValue(status.getCode()).getCode(),
        ErrorReason.valueOf(info.getReason()),
        status.getMessage(),
        info.getMetadataMap(),
        List.copyOf(violations),
        retryAfter);
  }

  List<String> fields() {
    return violations.stream().map(FieldViolation::getField).toList();
  }

  static void assertFails(
      Status.Code code, ErrorReason reason, Map<String, String> metadata, Executable call) {
    Failure failure = of(call);
    assertEquals(reason, failure.reason());
    assertEquals(code, failure.code());
    assertEquals(metadata, failure.metadata());
  }

  /** All these fields are named as bad, in this order, and no others. */
  static void assertInvalid(List<String> fields, Executable call) {
    Failure failure = of(call);
    assertEquals(ErrorReason.ERROR_REASON_INVALID_REQUEST, failure.reason());
    assertEquals(Status.Code.INVALID_ARGUMENT, failure.code());
    assertEquals(fields, failure.fields());
    failure
        .violations()
        .forEach(v -> assertEquals(false, v.getDescription().isEmpty(), v.getField()));
  }
}
