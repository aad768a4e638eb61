package dev.consentry.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.consentry.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConsentryExceptionTest {
  @Test
  void of_fullDetails_readsThemAll() {
    ConsentryException e =
        of(
            Any.pack(
                BadRequest.newBuilder()
                    .addFieldViolations(violation("account_id", "is empty"))
                    .addFieldViolations(violation("scopes[1]", "holds a space"))
                    .build()),
            Any.pack(
                ErrorInfo.newBuilder()
                    .setDomain("consentry.dev")
                    .setReason("ERROR_REASON_INVALID_REQUEST")
                    .putMetadata("app_id", "x")
                    .build()),
            Any.pack(
                RetryInfo.newBuilder()
                    .setRetryDelay(com.google.protobuf.Duration.newBuilder().setNanos(250_000_000))
                    .build()));

    assertEquals(Status.Code.INVALID_ARGUMENT, e.code());
    assertEquals(ErrorReason.ERROR_REASON_INVALID_REQUEST, e.reason());
    assertEquals("bad", e.getMessage());
    assertEquals(Map.of("app_id", "x"), e.metadata());
    assertEquals(
        List.of(
            new ConsentryException.Violation("account_id", "is empty"),
            new ConsentryException.Violation("scopes[1]", "holds a space")),
        e.violations());
    assertEquals(Optional.of(Duration.ofMillis(250)), e.retryDelay());
  }

  @ParameterizedTest
  @CsvSource({
    "consentry.dev, ERROR_REASON_OVERLOADED, ERROR_REASON_OVERLOADED",
    "consentry.dev, ERROR_REASON_OF_THE_FUTURE, ERROR_REASON_UNSPECIFIED",
    "consentry.dev, UNRECOGNIZED, ERROR_REASON_UNSPECIFIED",
    "consentry.dev, '', ERROR_REASON_UNSPECIFIED",
    "example.com, ERROR_REASON_OVERLOADED, ERROR_REASON_UNSPECIFIED",
  })
  void of_reason_onlyOneOfOursAndKnownCounts(String domain, String reason, ErrorReason expected) {
    ConsentryException e =
        of(Any.pack(ErrorInfo.newBuilder().setDomain(domain).setReason(reason).build()));

    assertEquals(expected, e.reason());
  }

  @Test
  void of_unreadableDetails_keepsCodeAndMessage() {
    ConsentryException e =
        of(
            Any.newBuilder()
                .setTypeUrl("type.googleapis.com/google.rpc.ErrorInfo")
                .setValue(ByteString.copyFromUtf8("\u0007nonsense"))
                .build());

    assertEquals(Status.Code.INVALID_ARGUMENT, e.code());
    assertEquals("bad", e.getMessage());
    assertEquals(ErrorReason.ERROR_REASON_UNSPECIFIED, e.reason());
  }

  @Test
  void of_noDetailsNoMessage_saysTheCode() {
    ConsentryException e = ConsentryException.of(Status.UNAVAILABLE.asRuntimeException());

    assertEquals("UNAVAILABLE", e.getMessage());
    assertEquals(Map.of(), e.metadata());
    assertEquals(List.of(), e.violations());
    assertEquals(Optional.empty(), e.retryDelay());
  }

  @Test
  void serialized_andBack_keepsCodeReasonAndMessage() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(
          new ConsentryException(
              Status.Code.ABORTED, ErrorReason.ERROR_REASON_GRANT_CHANGED, "changed"));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      ConsentryException e = (ConsentryException) in.readObject();
      assertEquals(Status.Code.ABORTED, e.code());
      assertEquals(ErrorReason.ERROR_REASON_GRANT_CHANGED, e.reason());
      assertEquals("changed", e.getMessage());
      assertEquals(Map.of(), e.metadata());
    }
  }

  private static ConsentryException of(Any... details) {
    return ConsentryException.of(
        StatusProto.toStatusRuntimeException(
            com.google.rpc.Status.newBuilder()
                .setCode(Status.Code.INVALID_ARGUMENT.value())
                .setMessage("bad")
                .addAllDetails(List.of(details))
                .build()));
  }

  private static BadRequest.FieldViolation violation(String field, String description) {
    return BadRequest.FieldViolation.newBuilder()
        .setField(field)
        .setDescription(description)
        .build();
  }
}
