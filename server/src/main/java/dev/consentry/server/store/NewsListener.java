package dev.consentry.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of every commit by PostgreSQL's {@code LISTEN}, on a connection and a thread of its own.
 * What it misses, as while it has no connection, the next poll finds.
 */
final class NewsListener implements AutoCloseable {
  static final String CHANNEL = "consentry";

  /** After so long without news it looks whether the connection still is one. */
  static final Duration QUIET_MAX = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(NewsListener.class);

  private final DataSource connections;
  private final LongConsumer onNews;
  private final RareWarning warning = new RareWarning(LOG, "no news of commits, only polls");
  private final Thread thread;
  private volatile boolean closed;
  private volatile @Nullable Connection connection;

  private NewsListener(DataSource connections, LongConsumer onNews) {
    this.connections = connections;
    this.onNews = onNews;
    this.thread = Thread.ofPlatform().name("news").daemon().unstarted(this::run);
  }

  /** What a transaction that reaches this revision says to all who listen. */
  static String statement(long revision) {
    return "NOTIFY %s, '%d'".formatted(CHANNEL, revision);
  }

  /**
   * Starts listening.
   *
   * @param connections on which {@code LISTEN} was executed
   */
  static NewsListener start(DataSource connections, LongConsumer onNews) {
    var listener = new NewsListener(connections, onNews);
    listener.thread.start();
    return listener;
  }

  private void run() {
    var backoff = new Backoff();
    while (!closed) {
      try (var opened = connections.getConnection()) {
        connection = opened;
        backoff = new Backoff();
        listen(opened);
      } catch (SQLException e) {
        if (!closed) {
          warning.failed(e);
          backoff.pause();
        }
      }
    }
  }

  private void listen(Connection opened) throws SQLException {
    var notifications = opened.unwrap(PGConnection.class);
    // Something may have been written while nobody listened.
    onNews.accept(Long.MAX_VALUE);
    while (!closed) {
      var news = notifications.getNotifications((int) QUIET_MAX.toMillis());
      if (news != null && news.length > 0) {
        onNews.accept(Long.parseLong(news[news.length - 1].getParameter()));
      } else if (!opened.isValid((int) PostgresDataSource.CONNECT_TIME_MAX.toSeconds())) {
        throw new SQLException("the connection is dead");
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    Connection open = connection;
    try {
      if (open != null) {
        open.abort(Runnable::run);
      }
      thread.join();
    } catch (SQLException e) {
      LOG.warn("a connection did not close in order", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
