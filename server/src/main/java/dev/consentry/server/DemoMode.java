package dev.consentry.server;

import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.demo.DemoClock;
import dev.consentry.server.demo.DemoIssuer;
import dev.consentry.server.demo.DemoWorld;
import dev.consentry.server.store.ConsentStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a server has more of that was started with {@code --demo}: a world, and tokens for it. */
final class DemoMode {
  private static final Logger logger = LoggerFactory.getLogger(DemoMode.class);

  private DemoMode() {}

  /**
   * Begins before anybody is served.
   *
   * @param storeFailed called when the store cannot be trusted to write any longer
   */
  static void begin(ServerConfig config, ConsentStore store, Consumer<Throwable> storeFailed) {
    fill(store, storeFailed);
    makeIssuer(config.data());
  }

  private static void fill(ConsentStore store, Consumer<Throwable> storeFailed) {
    if (store.source().position().number() > 0) {
      logger.atInfo().log("the store is not empty: it stays as it is, without the demo world");
      return;
    }
    var past = new DemoClock();
    try (var writer = store.writer(new ForwardClock(past), GrantChanges.NOBODY, storeFailed)) {
      int steps = DemoWorld.fill(writer, past, Instant.now());
      logger.atInfo().addKeyValue("changes", steps).log("the store was empty: demo world written");
    }
  }

  /** Without one the server serves all the same: no door believes it unless it is told to. */
  private static void makeIssuer(Path data) {
    try {
      DemoIssuer.openOrMake(data);
      logger
          .atInfo()
          .addKeyValue("issuer", DemoIssuer.ISSUER)
          .addKeyValue("audience", DemoIssuer.AUDIENCE)
          .addKeyValue("keys", data.resolve(DemoIssuer.PUBLIC_FILE))
          .addKeyValue(
              "command",
              "consentry-server token demo --data %s --app ledger-sync --account acme --scope invoices.read"
                  .formatted(data))
          .log("the command makes a token of an app, for doors that believe the demo issuer");
    } catch (IOException | UnsupportedOperationException e) {
      logger
          .atWarn()
          .addKeyValue("problem", e.toString())
          .log("there is no demo issuer: tokens of apps cannot be made");
    }
  }
}
