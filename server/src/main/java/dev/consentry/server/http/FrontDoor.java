package dev.consentry.server.http;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes every request: on the event loop, once its headers are there. */
final class FrontDoor extends Handler.Abstract.NonBlocking {
  private static final Logger logger = LoggerFactory.getLogger(FrontDoor.class);
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int EXPECTATION_FAILED = 417;
  private static final int HEADERS_TOO_LARGE = 431;
  private static final int INTERNAL_ERROR = 500;
  private static final int UNAVAILABLE = 503;
  private static final HttpHeader RETRY_AFTER = new HttpHeader("Retry-After", "1");

  private final HttpPort port;
  private final Routes routes;
  private final int requestsMax;
  private final AtomicInteger underWay = new AtomicInteger();
  private final LongAdder shed = new LongAdder();

  FrontDoor(HttpPort port, Routes routes, int requestsMax) {
    this.port = port;
    this.routes = routes;
    this.requestsMax = requestsMax;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Visit visit = Visit.of(request.getConnectionMetaData().getConnection().getEndPoint());
    visit.requestBegins();
    boolean tooMany = underWay.incrementAndGet() > requestsMax;
    Request.addCompletionListener(
        request,
        _ -> {
          underWay.decrementAndGet();
          visit.requestEnds();
        });
    var call = new JettyCall(request, response, callback, port);
    if (tooMany) {
      shed.increment();
      call.refuse(UNAVAILABLE, RETRY_AFTER);
      return true;
    }
    int problem = problem(request);
    if (problem == 0) {
      serve(call);
    } else {
      call.refuseAndClose(problem);
    }
    return true;
  }

  /** What no service should see; 0 if it is none. */
  private static int problem(Request request) {
    String path = request.getHttpURI().getPath();
    if (path == null || !isPlain(path)) {
      return BAD_REQUEST;
    }
    if (request.getHeaders().size() > HttpLimits.HEADERS_MAX) {
      return HEADERS_TOO_LARGE;
    }
    if (!isFramedPlainly(request)) {
      return BAD_REQUEST;
    }
    // Nobody is told to go on, so whoever waits for that must hear it is not coming.
    return request.getHeaders().contains(org.eclipse.jetty.http.HttpHeader.EXPECT)
        ? EXPECTATION_FAILED
        : 0;
  }

  /** Whether nobody would repair it. What is escaped, Jetty has looked at. */
  private static boolean isPlain(String path) {
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) <= ' ' || path.charAt(i) > '~' || path.charAt(i) == '\\') {
        return false;
      }
    }
    boolean hasDotSegment =
        path.contains("/./")
            || path.contains("/../")
            || path.endsWith("/.")
            || path.endsWith("/..");
    return path.startsWith("/") && !hasDotSegment;
  }

  /**
   * Whether everybody agrees where its body ends: Jetty takes a list of codings if the last of them
   * is chunked, and chunks in HTTP/1.0, which others do not.
   */
  private static boolean isFramedPlainly(Request request) {
    List<String> codings =
        request.getHeaders().getValuesList(org.eclipse.jetty.http.HttpHeader.TRANSFER_ENCODING);
    return codings.isEmpty()
        || (codings.size() == 1
            && codings.getFirst().equalsIgnoreCase("chunked")
            && request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1);
  }

  private void serve(JettyCall call) {
    HttpRoute route = routes.find(call.path());
    if (route == null) {
      call.refuse(NOT_FOUND);
    } else if (!route.methods().contains(call.method())) {
      String allowed = route.methods().stream().sorted().collect(Collectors.joining(", "));
      call.refuse(METHOD_NOT_ALLOWED, new HttpHeader("Allow", allowed));
    } else {
      try {
        route.service().answer(call);
        // A bug of ours: whatever it is, the caller gets an answer and the connection goes on.
      } catch (RuntimeException e) {
        logger.atError().setCause(e).log("a request to {} failed", route.path());
        call.refuse(INTERNAL_ERROR);
      }
    }
  }

  int underWay() {
    return underWay.get();
  }

  long shed() {
    return shed.sum();
  }
}
