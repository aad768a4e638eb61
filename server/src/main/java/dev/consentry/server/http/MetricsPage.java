package dev.consentry.server.http;

import dev.consentry.server.metrics.Metrics;
import dev.consentry.server.metrics.Metrics.Format;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is measured, to whoever asks: without credentials, as it names nobody. It is made up away
 * from the event loop, and a few times at once.
 */
public final class MetricsPage implements HttpService {
  /** Prometheus asks once in a while; nobody needs more at once than two of them and a person. */
  static final int SCRAPES_MAX = 4;

  private static final Logger logger = LoggerFactory.getLogger(MetricsPage.class);

  private final Metrics metrics;
  private final Executor virtualThreads;
  private final Semaphore places = new Semaphore(SCRAPES_MAX);

  public MetricsPage(Metrics metrics, Executor virtualThreads) {
    this.metrics = metrics;
    this.virtualThreads = virtualThreads;
  }

  /** Where it is. */
  public HttpRoute route() {
    return new HttpRoute("/metrics", Set.of("GET", "HEAD"), this);
  }

  @Override
  public void answer(HttpCall call) {
    if (!places.tryAcquire()) {
      call.refuse(503, new HttpHeader("Retry-After", "1"));
      return;
    }
    try {
      virtualThreads.execute(() -> tell(call));
    } catch (RejectedExecutionException e) {
      places.release();
      call.refuse(503);
    }
  }

  private void tell(HttpCall call) {
    try {
      Format format = Format.acceptedBy(call.headers("accept"));
      byte[] page = metrics.scrape(format).getBytes(StandardCharsets.UTF_8);
      call.answer(200, List.of(new HttpHeader("Content-Type", format.contentType())), page);
      // Whatever goes wrong, whoever asked is told that it did.
    } catch (RuntimeException | Error e) {
      logger.atError().setCause(e).log("the metrics could not be told");
      call.refuse(500);
    } finally {
      places.release();
    }
  }
}
