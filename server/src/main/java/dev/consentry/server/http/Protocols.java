package dev.consentry.server.http;

import java.util.EnumSet;
import java.util.List;
import java.util.function.Supplier;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.WindowRateControl;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.jspecify.annotations.Nullable;

/**
 * The protocols of the port, as strict as they can be read: HTTP/1.0, HTTP/1.1, and HTTP/2 for
 * those who begin with it. Nobody changes from one to another on an open connection: what a gateway
 * took for a request would become a tunnel for its client.
 */
final class Protocols {
  private static final int RESPONSE_HEADER_BYTES = 4 << 10;

  private Protocols() {}

  /** In plain text: HTTP/1, and HTTP/2 by prior knowledge (RFC 9113, 3.3). */
  static List<ConnectionFactory> plain() {
    HttpConfiguration configuration = configuration();
    return List.of(new StrictHttp1(configuration), limited(new PriorKnowledge(configuration)));
  }

  /** Over TLS: HTTP/2 and HTTP/1, whichever ALPN agrees on; HTTP/1 without ALPN. */
  static List<ConnectionFactory> secured(Supplier<HttpTls> tls) {
    HttpConfiguration configuration = configuration();
    var alpn = new ALPNServerConnectionFactory("h2", "http/1.1");
    alpn.setDefaultProtocol("http/1.1");
    var secured = new SslConnectionFactory(new CurrentSslContextFactory(tls), alpn.getProtocol());
    // It would compare the name in the certificate with `Host`, which decides nothing here.
    secured.setEnsureSecureRequestCustomizer(false);
    return List.of(
        secured,
        alpn,
        limited(new HTTP2ServerConnectionFactory(configuration)),
        new StrictHttp1(configuration));
  }

  private static HttpConfiguration configuration() {
    var configuration = new HttpConfiguration();
    configuration.setHttpCompliance(HttpCompliance.STRICT);
    configuration.setUriCompliance(
        UriCompliance.from(EnumSet.noneOf(UriCompliance.Violation.class)));
    configuration.setRequestHeaderSize(HttpLimits.HEADER_BYTES_MAX);
    configuration.setResponseHeaderSize(RESPONSE_HEADER_BYTES);
    configuration.setMaxResponseHeaderSize(HttpLimits.HEADER_BYTES_MAX);
    configuration.setSendServerVersion(false);
    configuration.setSendXPoweredBy(false);
    configuration.setSendDateHeader(false);
    return configuration;
  }

  private static ConnectionFactory limited(AbstractHTTP2ServerConnectionFactory http2) {
    http2.setMaxConcurrentStreams(HttpLimits.STREAMS_PER_CONNECTION_MAX);
    http2.setRateControlFactory(
        new WindowRateControl.Factory(HttpLimits.USELESS_FRAMES_PER_SECOND_MAX));
    http2.setConnectProtocolEnabled(false);
    return http2;
  }

  /** HTTP/1 whose targets are paths (RFC 9112, 3.2.1). */
  private static final class StrictHttp1 extends HttpConnectionFactory {
    StrictHttp1(HttpConfiguration configuration) {
      super(configuration);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
      var connection = new StrictConnection(getHttpConfiguration(), connector, endPoint);
      connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
      return configure(connection, connector, endPoint);
    }
  }

  private static final class StrictConnection extends HttpConnection {
    StrictConnection(HttpConfiguration configuration, Connector connector, EndPoint endPoint) {
      super(configuration, connector, endPoint);
    }

    /*
     * A target in absolute form is for proxies; which host would count then, that of the target or
     * that of the header, is a question that need not be asked. One that begins with `//` would be
     * taken for a host, too.
     */
    @Override
    protected HttpStreamOverHTTP1 newHttpStream(
        String method, @Nullable String target, HttpVersion version) {
      boolean path = target != null && target.startsWith("/") && !target.startsWith("//");
      boolean preface = version == HttpVersion.HTTP_2 && HttpMethod.PRI.is(method);
      if (!path && !preface) {
        throw new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400, "not a path");
      }
      return super.newHttpStream(method, target, version);
    }
  }

  /** HTTP/2 for a connection that begins with its preface, and never by {@code Upgrade: h2c}. */
  private static final class PriorKnowledge extends HTTP2CServerConnectionFactory {
    PriorKnowledge(HttpConfiguration configuration) {
      super(configuration);
    }

    @Override
    public @Nullable Connection upgradeConnection(
        Connector connector,
        EndPoint endPoint,
        MetaData.Request request,
        HttpFields.Mutable response) {
      boolean first = endPoint.getConnection().getMessagesIn() == 1;
      return first && HttpMethod.PRI.is(request.getMethod())
          ? super.upgradeConnection(connector, endPoint, request, response)
          : null;
    }
  }
}
