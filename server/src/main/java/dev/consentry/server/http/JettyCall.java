package dev.consentry.server.http;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** A call as Jetty has it. */
final class JettyCall implements HttpCall {
  static final HttpField NO_STORE =
      new PreEncodedHttpField(org.eclipse.jetty.http.HttpHeader.CACHE_CONTROL, "no-store");
  static final HttpField CLOSE =
      new PreEncodedHttpField(
          org.eclipse.jetty.http.HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());

  private static final int NO_CONTENT = 204;

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final HttpPort port;
  private final AtomicBoolean answered = new AtomicBoolean();

  JettyCall(Request request, Response response, Callback callback, HttpPort port) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.port = port;
  }

  @Override
  public String method() {
    return request.getMethod();
  }

  @Override
  public String path() {
    return request.getHttpURI().getPath();
  }

  @Override
  public @Nullable String query() {
    return request.getHttpURI().getQuery();
  }

  @Override
  public List<String> headers(String name) {
    return request.getHeaders().getValuesList(name);
  }

  @Override
  public List<String> headerNames() {
    HttpFields fields = request.getHeaders();
    var names = new ArrayList<String>(fields.size());
    for (HttpField field : fields) {
      names.add(field.getName());
    }
    return names;
  }

  @Override
  public @Nullable X509Certificate certificate() {
    EndPoint.SslSessionData session =
        request.getConnectionMetaData().getConnection().getEndPoint().getSslSessionData();
    X509Certificate[] chain = session == null ? null : session.peerCertificates();
    return chain == null || chain.length == 0 ? null : chain[0];
  }

  @Override
  public void readBody(int bytesMax, Consumer<byte[]> then) {
    new BodyReading(request, this, bytesMax, port.bodyTimeMax(), then).begin();
  }

  @Override
  public void always(HttpHeader header) {
    response.getHeaders().add(header.name(), header.value());
  }

  @Override
  public void answer(int status, List<HttpHeader> headers, byte[] body) {
    answer(status, headers, body, port.isClosing());
  }

  /** Answers, and takes no other request on this connection if it is one of HTTP/1. */
  void refuseAndClose(int status) {
    Problem problem = Problem.of(status);
    answer(status, List.of(new HttpHeader("Content-Type", Problem.TYPE)), problem.json(), true);
  }

  private void answer(int status, List<HttpHeader> headers, byte[] body, boolean close) {
    if (!answered.compareAndSet(false, true)) {
      return;
    }
    try {
      response.setStatus(status);
      HttpFields.Mutable fields = response.getHeaders();
      fields.put(NO_STORE);
      for (HttpHeader header : headers) {
        fields.add(header.name(), header.value());
      }
      if (close && request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_2) {
        fields.put(CLOSE);
      }
      write(status, fields, body);
      // The client went away, or its time was over, and nobody is there to be answered.
    } catch (IllegalStateException e) {
      callback.failed(e);
    }
  }

  private void write(int status, HttpFields.Mutable fields, byte[] body) {
    if (status != NO_CONTENT) {
      fields.put(org.eclipse.jetty.http.HttpHeader.CONTENT_LENGTH, body.length);
    }
    boolean hasBody = status != NO_CONTENT && !HttpMethod.HEAD.is(request.getMethod());
    // Once it is sent, the request may no longer be asked.
    Scheduler scheduler = request.getComponents().getScheduler();
    Connection connection = request.getConnectionMetaData().getConnection();
    var sending = new Sending(callback);
    response.write(true, hasBody ? ByteBuffer.wrap(body) : null, sending);
    sending.endWithin(port.bodyTimeMax(), scheduler, () -> end(connection));
  }

  /** Closing the endpoint of HTTP/2 alone would not fail what its streams still have to send. */
  private static void end(Connection connection) {
    String why = "an answer was not taken in time";
    if (connection instanceof HTTP2Connection http2) {
      http2.onConnectionFailure(ErrorCode.ENHANCE_YOUR_CALM_ERROR.code, why);
    } else {
      Visit.of(connection.getEndPoint()).close(new TimeoutException(why));
    }
  }

  /**
   * An answer on its way. A client that takes a byte now and then, or opens a window of HTTP/2 by
   * as much, is never idle, and would keep its request under way for ever.
   */
  private static final class Sending extends Callback.Nested {
    /* Both guarded by this. */
    private boolean over;
    private Scheduler.@Nullable Task limit;

    Sending(Callback callback) {
      super(callback);
    }

    @Override
    public void succeeded() {
      end();
      super.succeeded();
    }

    @Override
    public void failed(Throwable cause) {
      end();
      super.failed(cause);
    }

    private synchronized void end() {
      over = true;
      if (limit != null) {
        limit.cancel();
      }
    }

    /** Nearly all are over at once, and need no timer. */
    synchronized void endWithin(Duration time, Scheduler scheduler, Runnable otherwise) {
      if (!over) {
        limit = scheduler.schedule(otherwise, time.toNanos(), TimeUnit.NANOSECONDS);
      }
    }
  }
}
