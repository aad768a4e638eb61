package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Splitter;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GetAppRequest;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import dev.consentry.v1.ListAppsRequest;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** What the contract promises about itself. */
final class ContractTest {
  private static final Metadata.Key<String> VERSION =
      Metadata.Key.of(ServerVersionHeader.NAME, Metadata.ASCII_STRING_MARSHALLER);

  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          DecisionServiceGrpc.getServiceDescriptor(),
          GrantServiceGrpc.getServiceDescriptor(),
          AppServiceGrpc.getServiceDescriptor(),
          HistoryServiceGrpc.getServiceDescriptor());

  @Test
  void everyMethod_isServed() {
    try (var server = TestServer.start()) {
      for (ServiceDescriptor service : SERVICES) {
        for (MethodDescriptor<?, ?> method : service.getMethods()) {
          assertTrue(server.serves(method.getFullMethodName()), method.getFullMethodName());
        }
      }
    }
  }

  @Test
  void everyField_jsonName_isItsNameInCamelCase() {
    for (ServiceDescriptor service : SERVICES) {
      var supplier = (ProtoFileDescriptorSupplier) service.getSchemaDescriptor();
      assertNotNull(supplier);
      eachFile(
          supplier.getFileDescriptor(),
          file -> file.getMessageTypes().forEach(ContractTest::assertCamelCase));
    }
  }

  private static void eachFile(FileDescriptor file, Consumer<FileDescriptor> check) {
    check.accept(file);
    file.getDependencies().stream()
        .filter(f -> f.getPackage().equals("consentry.v1"))
        .forEach(f -> eachFile(f, check));
  }

  private static void assertCamelCase(Descriptor message) {
    for (FieldDescriptor field : message.getFields()) {
      var camel = new StringBuilder();
      for (String word : Splitter.on('_').split(field.getName())) {
        camel.append(
            camel.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
      }
      assertEquals(camel.toString(), field.getJsonName());
    }
    message.getNestedTypes().forEach(ContractTest::assertCamelCase);
  }

  @Test
  void everyErrorReason_name_canBeParsed() {
    for (ErrorReason reason : ErrorReason.values()) {
      assertEquals(reason, ErrorReason.valueOf(reason.name()));
    }
  }

  @Test
  void serverVersion_isInEveryReplyButThoseOfDecisions() {
    try (var server = TestServer.start()) {
      assertEquals(
          TestServer.VERSION,
          versionOf(
              server,
              channel ->
                  AppServiceGrpc.newBlockingStub(channel)
                      .listApps(ListAppsRequest.getDefaultInstance())));
      assertNull(
          versionOf(
              server,
              channel ->
                  DecisionServiceGrpc.newBlockingStub(channel)
                      .check(TestServer.checkOf("acme", "x", "read"))));
    }
  }

  @Test
  void errorInfo_travelsInTheStandardTrailer() {
    try (var server = TestServer.start()) {
      var thrown =
          Assertions.assertThrows(
              StatusRuntimeException.class,
              () -> server.apps().getApp(GetAppRequest.newBuilder().setAppId("x").build()));
      Metadata trailers = thrown.getTrailers();
      assertNotNull(trailers);
      assertNotNull(
          trailers.get(
              Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER)));
    }
  }

  private static @Nullable String versionOf(TestServer server, Consumer<Channel> call) {
    var headers = new AtomicReference<Metadata>();
    var trailers = new AtomicReference<Metadata>();
    call.accept(
        ClientInterceptors.intercept(
            server.channel(), MetadataUtils.newCaptureMetadataInterceptor(headers, trailers)));
    Metadata received = headers.get();
    return received == null ? null : received.get(VERSION);
  }
}
