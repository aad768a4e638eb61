package dev.consentry.server;

import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code grpc.health.v1} says. The empty name and each service's are readiness; {@value
 * #LIVENESS} is SERVING for as long as the process is there, whatever becomes of the store.
 */
final class Health {
  static final String LIVENESS = "liveness";

  private final HealthStatusManager statuses = new HealthStatusManager();
  private final List<String> ready;
  private boolean stopping;
  private volatile boolean serving = true;

  /** SERVING, for these services. */
  Health(List<ServerServiceDefinition> services) {
    ready =
        Stream.concat(
                Stream.of(HealthStatusManager.SERVICE_NAME_ALL_SERVICES),
                services.stream().map(service -> service.getServiceDescriptor().getName()))
            .toList();
    statuses.setStatus(LIVENESS, ServingStatus.SERVING);
    ready.forEach(name -> statuses.setStatus(name, ServingStatus.SERVING));
  }

  /** SERVING or not, unless the server stops. */
  synchronized void serving(boolean isServing) {
    if (!stopping) {
      set(isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }
  }

  /** NOT_SERVING from now on. */
  synchronized void stopping() {
    stopping = true;
    set(ServingStatus.NOT_SERVING);
  }

  /** Whether it says SERVING. */
  boolean isServing() {
    return serving;
  }

  private void set(ServingStatus status) {
    serving = status == ServingStatus.SERVING;
    ready.forEach(name -> statuses.setStatus(name, status));
  }

  ServerServiceDefinition service() {
    return statuses.getHealthService().bindService();
  }
}
