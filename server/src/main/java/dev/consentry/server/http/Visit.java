package dev.consentry.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * One connection of TCP. Knows since when somebody has been sending a request whose headers are not
 * there yet: a byte now and then keeps a connection from being idle, and would hold it for ever.
 */
final class Visit extends SocketChannelEndPoint {
  private static final long NOT_SENDING = 0;

  /*
   * Written on the connection's event loop, or wherever a request is answered; read by who looks
   * after time. Both happen one after the other for HTTP/1, and HTTP/2 is not looked at.
   */
  private volatile long sendingSince;
  private volatile boolean serving;
  private volatile boolean multiplexed;

  Visit(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
    super(channel, selector, key, scheduler);
    sendingSince = now();
  }

  /** The connection of TCP that this one runs over. */
  static Visit of(EndPoint endPoint) {
    EndPoint inner = endPoint;
    while (inner instanceof EndPoint.Wrapper wrapper) {
      inner = wrapper.unwrap();
    }
    return (Visit) inner;
  }

  private static long now() {
    return System.nanoTime() | 1;
  }

  @Override
  public int fill(ByteBuffer buffer) throws IOException {
    int filled = super.fill(buffer);
    if (filled > 0 && !serving && sendingSince == NOT_SENDING) {
      sendingSince = now();
    }
    return filled;
  }

  /** It speaks HTTP/2, where requests come side by side. */
  void multiplexed() {
    multiplexed = true;
  }

  /** All headers of a request are there. */
  void requestBegins() {
    serving = true;
    sendingSince = NOT_SENDING;
  }

  /** It has been answered. What comes now is the next. */
  void requestEnds() {
    serving = false;
  }

  /** Ends a connection on which headers have been under way for longer than this. */
  void endIfSlow(long nanosMax) {
    long since = sendingSince;
    if (!multiplexed && since != NOT_SENDING && System.nanoTime() - since > nanosMax) {
      close(new TimeoutException("the headers of a request took too long"));
    }
  }
}
