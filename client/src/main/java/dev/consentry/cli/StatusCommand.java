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

  private static final String UNKNOWN = "unknown";

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
      @Nullable Metadata sent = headers.get();
      @Nullable String version = sent == null ? null : sent.get(SERVER_VERSION);
      print(status, revision(client.channel()), version == null ? UNKNOWN : version);
      return status == ServingStatus.SERVING ? ExitCode.DONE : ExitCode.FAILED;
    }
  }

  /** Where the store is; a server that does not serve need not know. */
  private static String revision(Channel channel) {
    try {
      return AppServiceGrpc.newBlockingStub(channel)
          .listApps(ListAppsRequest.newBuilder().setPageSize(1).build())
          .getRevision();
    } catch (StatusRuntimeException e) {
      return UNKNOWN + " (" + e.getStatus().getCode() + ")";
    }
  }

  private void print(ServingStatus status, String revision, String version) {
    String server = consentry.server().value();
    consentry.print(
        Struct.newBuilder()
            .putFields("server", text(server))
            .putFields("status", text(status.name()))
            .putFields("revision", text(revision))
            .putFields("version", text(version))
            .build(),
        () ->
            Table.plain()
                .row("server", server)
                .row("status", status.name())
                .row("revision", revision)
                .row("version", version)
                .toString());
  }

  private static Value text(String value) {
    return Value.newBuilder().setStringValue(value).build();
  }
}
