package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.consentry.server.bench.StoreFiller;
import dev.consentry.server.config.ConfigReader;
import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.consent.RecentGrants;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import io.grpc.netty.shaded.io.netty.channel.local.LocalChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

final class WarmUpTest {
  private static final int GRANTS = 300;
  private static final int CUT_SHORT = 40;
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path directory;
  private final VirtualThreads virtualThreads = new VirtualThreads();
  private ConsentStore store;
  private GrantTable table;

  @BeforeEach
  void open() throws Exception {
    StoreFiller.fill(directory, GRANTS);
    store = ConsentStore.openDirectory(directory);
    table =
        GrantTable.embedded(
            store.source(),
            new Freshness(
                System::nanoTime, new ForwardClock(InstantSource.system()), Duration.ofSeconds(2)),
            1 << 20,
            42,
            virtualThreads);
  }

  @AfterEach
  void close() {
    virtualThreads.close();
    store.close();
  }

  @Test
  void finish_grantsInTheStore_areAnsweredWithoutALoad() {
    finish(LONG, store.recentGrants());
    long loads = table.loads();
    for (int account = 0; account < GRANTS; account++) {
      assertNotNull(answer(account), "account " + account);
    }
    assertEquals(loads, table.loads());
  }

  @Test
  void finish_somethingElseToLoad_isLoadedWhenItReturns() {
    var loaded = new AtomicBoolean();
    try (WarmUp warmUp = WarmUp.begin(LONG)) {
      warmUp.also(() -> loaded.set(true));
      warmUp.finish(store.recentGrants(), table, virtualThreads);
    }
    assertTrue(loaded.get());
  }

  @Test
  void finish_zero_loadsNothing() {
    finish(
        Duration.ZERO,
        changes -> {
          throw new AssertionError("was asked");
        });
    assertNull(answer(GRANTS - 1));
    assertEquals(0, table.loads());
  }

  @Test
  void finish_storeThatHangs_returnsWhenTheTimeIsOver() throws Exception {
    var hanging = new CompletableFuture<List<GrantKey>>();
    var finished =
        CompletableFuture.runAsync(
            () -> finish(Duration.ofMillis(50), _ -> hanging.join()), virtualThreads);
    // Long, because others may use this machine too; the store would hang for ever.
    finished.get(LONG.toSeconds(), TimeUnit.SECONDS);
    hanging.complete(List.of());
    assertNull(answer(GRANTS - 1));
  }

  @Test
  void finish_storeThatFails_returns() {
    finish(
        LONG,
        changes -> {
          throw new IllegalStateException("on purpose");
        });
    assertNull(answer(GRANTS - 1));
  }

  /** The ends of its connection are closed in order; netty warns of the other one now and then. */
  @Test
  void close_whileItChecks_nettyWarnsOfNothing() throws Exception {
    var said = Collections.synchronizedList(new ArrayList<String>());
    Logger netty = (Logger) LoggerFactory.getLogger(LocalChannel.class);
    var listener = new Listener(event -> said.add(event.getFormattedMessage()));
    netty.addAppender(listener);
    listener.start();
    try {
      for (int round = 0; round < CUT_SHORT; round++) {
        WarmUp warmUp = WarmUp.begin(LONG);
        Thread checking = thread(WarmUp.THREAD);
        while (warmUp.checks() == 0) {
          Thread.onSpinWait();
        }
        warmUp.close();
        assertTrue(checking.join(LONG));
      }
    } finally {
      netty.detachAppender(listener);
    }
    assertEquals(List.of(), said);
  }

  private static Thread thread(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(one -> one.getName().equals(name))
        .findAny()
        .orElseThrow();
  }

  @Test
  void finish_untilItReturns_thePublicPortRefusesConnections() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int port;
    try (var free = new ServerSocket(0, 1, loopback)) {
      port = free.getLocalPort();
    }
    ServerConfig config =
        ConfigReader.read(
            Map.of(
                "--listen", "127.0.0.1:" + port,
                "--http", "off",
                "--data", directory.toString(),
                "--store", "memory",
                "--demo", "true",
                "--warm-up", "10s"),
            List.of(),
            Map.of(),
            Runtime.getRuntime().maxMemory());
    var connectable = new ArrayList<Boolean>();
    Logger logger = (Logger) LoggerFactory.getLogger(WarmUp.class);
    Level level = logger.getLevel();
    var listener =
        new Listener(event -> {
          if (event.getMessage().equals("warmed up")) {
            connectable.add(connects(loopback, port));
          }
        });
    logger.setLevel(Level.INFO);
    logger.addAppender(listener);
    listener.start();
    try {
      ConsentryServer server = ConsentryServer.start(config, "test", _ -> {});
      assertEquals(List.of(false), connectable);
      assertTrue(connects(loopback, port));
      server.stop(Duration.ZERO);
    } finally {
      logger.detachAppender(listener);
      logger.setLevel(level);
    }
  }

  /** Hears what is logged, in the thread that logs it. */
  private static final class Listener extends AppenderBase<ILoggingEvent> {
    private final Consumer<ILoggingEvent> heard;

    Listener(Consumer<ILoggingEvent> heard) {
      this.heard = heard;
    }

    @Override
    protected void append(ILoggingEvent event) {
      heard.accept(event);
    }
  }

  private static boolean connects(InetAddress address, int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void finish(Duration atMost, RecentGrants recent) {
    try (WarmUp warmUp = WarmUp.begin(atMost)) {
      warmUp.finish(recent, table, virtualThreads);
    }
  }

  private @Nullable Answer answer(int account) {
    var key =
        new GrantKey(
            new AccountId("acct-%07d".formatted(account)),
            new AppId("app-%02d".formatted(account % StoreFiller.APPS)));
    return table.answerNow(
        new CheckQuestion(key, List.of(new Scope("orders.read"))), Consistency.MINIMIZE_LATENCY);
  }
}
