package dev.consentry.server.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * A network between a server and its database: it delays, falls silent, or breaks connections.
 * Silence is that of a half-open connection: nobody is told that the other side is away.
 */
public final class FaultProxy implements AutoCloseable {
  private final int target;
  private final ServerSocket listener;
  private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
  private volatile long toServerNanos;
  private volatile long toClientNanos;
  private volatile boolean silent;

  /** A network that works. */
  public FaultProxy(int target) {
    this.target = target;
    try {
      this.listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Everything takes this much longer from now on, in each direction. */
  public void delay(Duration delay) {
    delay(delay, delay);
  }

  /** Questions and answers take this much longer from now on. */
  public void delay(Duration toServer, Duration toClient) {
    toServerNanos = toServer.toNanos();
    toClientNanos = toClient.toNanos();
  }

  /** Nothing gets through, in either direction, and new connections are never answered. */
  public void fallSilent() {
    silent = true;
  }

  /** New connections work. Those that met silence stay silent for ever. */
  public void heal() {
    silent = false;
  }

  /** How many connections have met silence and are not broken since. */
  public long silenced() {
    return pairs.stream().filter(pair -> pair.lost).count();
  }

  /**
   * Tells both sides of what met silence that it is broken, as a router does that was restarted.
   */
  public void breakSilent() {
    pairs.stream().filter(pair -> pair.lost).forEach(Pair::reset);
  }

  /** Breaks all connections. */
  public void cut() {
    cut(_ -> true);
  }

  /** Breaks all connections that have sent such a text. */
  public void cut(Predicate<String> sent) {
    pairs.stream().filter(pair -> sent.test(pair.beginning())).forEach(Pair::close);
  }

  private void accept() {
    try {
      while (true) {
        new Pair(listener.accept()).start();
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  /** A client and its connection to the database. */
  private final class Pair {
    private static final int REMEMBERED_MAX = 4_096;

    private final Socket client;
    private final Socket server = new Socket();
    private volatile String sent = "";
    private volatile boolean lost;

    Pair(Socket client) {
      this.client = client;
    }

    void start() {
      pairs.add(this);
      if (listener.isClosed()) {
        close();
        return;
      }
      Thread.ofVirtual()
          .start(() -> {
            try {
              client.setTcpNoDelay(true);
              server.setTcpNoDelay(true);
              if (!isLost()) {
                server.connect(loopback(target));
              }
              Thread.ofVirtual().start(() -> pass(server, client, false));
              pass(client, server, true);
            } catch (IOException e) {
              close();
            }
          });
    }

    /** What it sent first. */
    String beginning() {
      return sent;
    }

    /** By the one thread that reads from the client. */
    private void remember(String more) {
      sent = sent.concat(more);
    }

    private boolean isLost() {
      if (silent) {
        lost = true;
      }
      return lost;
    }

    private void pass(Socket from, Socket to, boolean toServer) {
      byte[] buffer = new byte[1 << 16];
      try (InputStream in = from.getInputStream()) {
        OutputStream out = isLost() ? OutputStream.nullOutputStream() : to.getOutputStream();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          if (toServer && sent.length() < REMEMBERED_MAX) {
            remember(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
          }
          park(toServer ? toServerNanos : toClientNanos);
          if (!isLost()) {
            out.write(buffer, 0, read);
            out.flush();
          }
        }
      } catch (IOException e) {
        // One of the two has ended it.
      }
      if (!isLost()) {
        close();
      }
    }

    private void reset() {
      try {
        client.setSoLinger(true, 0);
        server.setSoLinger(true, 0);
      } catch (SocketException e) {
        // One of the two has closed it.
      }
      close();
    }

    void close() {
      pairs.remove(this);
      for (Socket socket : List.of(client, server)) {
        try {
          socket.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private static void park(long nanos) {
    long begin = System.nanoTime();
    for (long left = nanos; left > 0; left = nanos - (System.nanoTime() - begin)) {
      LockSupport.parkNanos(left);
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
