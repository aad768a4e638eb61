package dev.consentry.server.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** The mutant: a port on the same Jetty with nothing of our strictness. */
final class StockJetty implements AutoCloseable {
  private final Server server = new Server();
  private final ServerConnector connector;

  StockJetty(HttpCompliance compliance) throws Exception {
    var configuration = new HttpConfiguration();
    configuration.setHttpCompliance(compliance);
    configuration.setUriCompliance(UriCompliance.UNSAFE);
    connector =
        new ServerConnector(
            server,
            new HttpConnectionFactory(configuration),
            new HTTP2CServerConnectionFactory(configuration));
    connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            Content.Source.asByteBuffer(
                request,
                new org.eclipse.jetty.util.Promise<>() {
                  @Override
                  public void succeeded(ByteBuffer body) {
                    response.write(true, body, callback);
                  }

                  @Override
                  public void failed(Throwable x) {
                    callback.failed(x);
                  }
                });
            return true;
          }
        });
    server.start();
  }

  InetSocketAddress address() {
    return new InetSocketAddress(connector.getHost(), connector.getLocalPort());
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }
}
