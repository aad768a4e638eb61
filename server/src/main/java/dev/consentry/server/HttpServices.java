package dev.consentry.server;

import dev.consentry.server.door.Doors;
import dev.consentry.server.gateway.AuthZenSettings;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.http.ForwardAuth;
import dev.consentry.server.http.HttpCall;
import dev.consentry.server.http.HttpCallers;
import dev.consentry.server.http.HttpCallers.By;
import dev.consentry.server.http.HttpRoute;
import dev.consentry.server.http.MetricsPage;
import dev.consentry.server.http.Probes;
import dev.consentry.server.http.authzen.AuthZen;
import dev.consentry.server.http.authzen.CallerOf;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.Metrics;
import dev.consentry.server.rpc.ConsentryServices;
import dev.consentry.server.security.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What is served on the HTTP port: of the doors, those that the configuration has. */
record HttpServices(List<HttpRoute> routes) {
  static HttpServices of(
      OpenGateway gateway,
      Doors doors,
      ConsentryServices services,
      Metrics metrics,
      Credentials credentials,
      Counters counters,
      Executor virtualThreads,
      Health health) {
    var routes = new ArrayList<>(Probes.routes(health::isServing));
    routes.add(new MetricsPage(metrics, virtualThreads).route());
    var callers = new HttpCallers(credentials.authentication(), virtualThreads);
    if (gateway.has(Door.Kind.FORWARD_AUTH)) {
      routes.add(new ForwardAuth(gateway.gateway(), doors, callers, virtualThreads).route());
    }
    AuthZenSettings authZen = gateway.gateway().get().authZen();
    if (authZen != null) {
      routes.addAll(
          new AuthZen(
                  authZen,
                  services.tableFor(CallerOf.CURRENT::get),
                  services.readsFor(CallerOf.CURRENT::get),
                  callerOf(callers),
                  virtualThreads,
                  counters)
              .routes());
    }
    return new HttpServices(List.copyOf(routes));
  }

  private static CallerOf callerOf(HttpCallers callers) {
    return new CallerOf() {
      @Override
      public @Nullable Caller known(HttpCall call) {
        return callers.known(call, By.TOKEN_OR_CERTIFICATE);
      }

      @Override
      public Caller identify(HttpCall call) {
        return callers.identify(call, By.TOKEN_OR_CERTIFICATE);
      }
    };
  }
}
