package dev.consentry.server.http;

import java.nio.channels.SelectableChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.util.IO;

/** Counts connections, and closes those that are too many before a byte is read from them. */
final class ConnectionCount implements SelectorManager.AcceptListener {
  private final int connectionsMax;
  private final AtomicInteger open = new AtomicInteger();
  private final LongAdder refused = new LongAdder();

  ConnectionCount(int connectionsMax) {
    this.connectionsMax = connectionsMax;
  }

  @Override
  public void onAccepting(SelectableChannel channel) {
    if (open.incrementAndGet() > connectionsMax) {
      refused.increment();
      // So that it cannot be accepted, of which we hear next.
      IO.close(channel);
    }
  }

  @Override
  public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
    open.decrementAndGet();
  }

  @Override
  public void onClosed(SelectableChannel channel) {
    open.decrementAndGet();
  }

  int open() {
    return open.get();
  }

  long refused() {
    return refused.sum();
  }
}
