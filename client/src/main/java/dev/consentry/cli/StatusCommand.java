package dev.consentry.cli;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.consentry.client.ConsentryClient;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.ListAppsRequest;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.MetadataUtils;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Says how a server is. */
@Command(name = "status", description = "Says how the server is: exit 0 if SERVING, 2 if not.")
final class StatusCommand implements Callable<Integer> {
  /** Sent by the server with every reply. */
  static final Metadata.Key<String> SERVER_VERSION =
      Metadata.Key.of("consentry-server-version", Metadata.ASCII_STRING_MARSHALLER);

  private final Consentry consentry;

  StatusCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (ConsentryClient client = consentry.connect()) {
      AtomicReference<@Nullable Metadata> headers = new AtomicReference<>();
      AtomicReference<@Nullable Metadata> trailers = new AtomicReference<>();
      Channel channel =
          ClientInterceptors.intercept(
              client.channel(), MetadataUtils.newCaptureMetadataInterceptor(headers, trailers));
      ServingStatus status =
          HealthGrpc.newBlockingStub(channel)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus();
      String version = version(headers.get());
      String revision = revision(channel);
      print(status, revision, version.isEmpty() ? version(headers.get()) : version);
      return status == ServingStatus.SERVING ? ExitCode.DONE : ExitCode.FAILED;
    }
  }

  /** What these headers of a reply say; empty if nothing. */
  private static String version(@Nullable Metadata headers) {
    @Nullable String version = headers == null ? null : headers.get(SERVER_VERSION);
    return version == null ? "" : version;
  }

  /** Where the store is; empty if the server does not say, as one that does not serve need not. */
  private static String revision(Channel channel) {
    try {
      return AppServiceGrpc.newBlockingStub(channel)
          .listApps(ListAppsRequest.newBuilder().setPageSize(1).build())
          .getRevision();
    } catch (StatusRuntimeException e) {
      return "";
    }
  }

  private void print(ServingStatus status, String revision, String version) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("server", consentry.server().value());
    facts.put("status", status.name());
    facts.put("revision", revision);
    facts.put("version", version);
    Struct.Builder message = Struct.newBuilder();
    Table table = Table.plain();
    facts.forEach((name, value) -> {
      if (!value.isEmpty()) {
        message.putFields(name, Value.newBuilder().setStringValue(value).build());
      }
      table.row(name, value.isEmpty() ? "unknown" : value);
    });
    consentry.print(message.build(), table::toString);
  }
}
