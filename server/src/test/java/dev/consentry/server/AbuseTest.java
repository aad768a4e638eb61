package dev.consentry.server;

import static dev.consentry.server.AbusedServer.CHECK;
import static dev.consentry.server.AbusedServer.LIMIT;
import static dev.consentry.server.AbusedServer.LONG;
import static dev.consentry.server.AbusedServer.awaitWithin;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What nobody should do to a server, over real sockets, and that it outlives it. */
final class AbuseTest {
  private static final int CONNECTIONS_MAX = 10_000;

  /** {@code ENHANCE_YOUR_CALM}. */
  private static final long CALM = 11;

  private static final Duration TWICE = LIMIT.multipliedBy(2);
  private static final int MANY = 200;

  private static final int ROUNDS = 3;
  private static final int WINDOWS = 6;
  private static final Duration WINDOW = Duration.ofMillis(150);
  private static final double P99_FLOOR_NANOS = 2e6;

  /** Those limits that the test is not about. */
  private static final PortLimits PATIENT = new PortLimits(LONG, LONG, LONG, LONG);

  private static final PortLimits SHORT_HANDSHAKE = new PortLimits(LIMIT, LONG, LONG, LONG);
  private static final PortLimits SHORT_IDLE = new PortLimits(LONG, LIMIT, LONG, LONG);
  private static final Duration HALF = LIMIT.dividedBy(2);

  /** gRPC asks no more often. */
  private static final Duration KEEP_ALIVE_MIN = Duration.ofSeconds(10);

  private static final PortLimits SHORT_KEEP_ALIVE =
      new PortLimits(LONG, LONG, KEEP_ALIVE_MIN, HALF);

  private static AbusedServer server(PortLimits limits) {
    return new AbusedServer(limits, LONG, CONNECTIONS_MAX);
  }

  /** A server with a short time for requests. */
  private static AbusedServer impatient() {
    return new AbusedServer(PATIENT, LIMIT, CONNECTIONS_MAX);
  }

  @Test
  void connections_silent_areClosed() throws Exception {
    try (var server = server(SHORT_HANDSHAKE)) {
      List<Socket> silent = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        silent.add(server.add(socket(server.address())));
      }
      awaitClosed(silent);
    }
  }

  @Test
  void connections_idleHttp2_areClosed() throws Exception {
    try (var server = server(SHORT_IDLE)) {
      List<RawHttp2> idle = IntStream.range(0, MANY).mapToObj(_ -> server.connect()).toList();
      awaitWithin(TWICE, "all closed", () -> idle.stream().allMatch(RawHttp2::isClosed));
    }
  }

  /** The half-open ones of whoever answers, on a server without the deadline for them, stay. */
  @Test
  void connections_thatAnswerNoPing_areClosedAndHalfOpenCallsWithoutADeadlineStay()
      throws Exception {
    try (var server = server(SHORT_KEEP_ALIVE)) {
      List<RawHttp2> halfOpen = halfOpen(server, 1, 100);
      List<RawHttp2> deaf =
          IntStream.range(0, MANY)
              .mapToObj(_ -> server.add(RawHttp2.connectDeaf(server.address())))
              .toList();
      awaitWithin(
          KEEP_ALIVE_MIN.plus(LIMIT),
          "all closed",
          () -> deaf.stream().allMatch(RawHttp2::isClosed));
      assertEquals(0, ends(halfOpen).count());
      assertTrue(server.openCalls().open() >= 100);
    }
  }

  @Test
  void connections_overTheLimit_areClosedUnreadAndCounted() throws Exception {
    int most = 10;
    try (var server = new AbusedServer(PATIENT, LONG, most)) {
      // The caller who behaves has one.
      List<Socket> taken = new ArrayList<>();
      for (int i = 1; i < most; i++) {
        taken.add(server.add(socket(server.address())));
      }
      server.awaitConnections(most);
      awaitClosed(List.of(server.add(socket(server.address()))));
      assertEquals(1, server.connections().refused());
      taken.getFirst().close();
      server.awaitConnections(most - 1);
      RawHttp2 late = server.connect();
      call(late, 1);
      awaitWithin(TWICE, "an answer", () -> late.ends().containsKey(1));
    }
  }

  /** Streams of checks may be silent for as long as their connection lasts. */
  @Test
  void calls_halfOpen_areEndedAndLeaveNothingButStreams() throws Exception {
    try (var server = impatient()) {
      RawHttp2 stream = server.connect();
      stream.headers(1, "consentry.v1.DecisionService/StreamCheck", false);
      List<RawHttp2> clients = halfOpen(server, 5, 100);
      awaitOpenCalls(server, 500);
      awaitWithin(TWICE, "all ended", () -> ends(clients).count() == 500);
      assertTrue(ends(clients).allMatch("200/4"::equals), "all by DEADLINE_EXCEEDED");
      awaitWithin(TWICE, "no calls", () -> server.openCalls().open() <= 3);
      assertEquals(500, server.openCalls().withoutRequest());
      assertEquals(0, stream.ends().size());
    }
  }

  /** A stream that gRPC has done with would else take its connection's place for good. */
  @Test
  void connection_fullOfCallsThatWereEnded_hasRoomAgain() throws Exception {
    try (var server = impatient()) {
      RawHttp2 client = halfOpen(server, 1, 300).getFirst();
      awaitWithin(TWICE, "all ended", () -> client.ends().size() == 300);
      awaitWithin(TWICE, "all reset", () -> client.resets() == 300);
      call(client, 1_001);
      awaitWithin(TWICE, "an answer", () -> client.ends().containsKey(1_001));
      assertFalse(client.isClosed());
    }
  }

  @Test
  void calls_whoseBodyTrickles_areEnded() throws Exception {
    try (var server = impatient()) {
      RawHttp2 client = halfOpen(server, 1, 50).getFirst();
      byte[] body = RawHttp2.message(new byte[1_000]);
      long start = System.nanoTime();
      for (int i = 0; client.ends().size() < 50 && i < body.length; i++) {
        for (int stream = 1; stream < 100; stream += 2) {
          client.data(stream, new byte[] {body[i]}, false);
        }
        LockSupport.parkNanos(LIMIT.dividedBy(10).toNanos());
      }
      assertTrue(System.nanoTime() - start < TWICE.toNanos() + LIMIT.toNanos() / 5);
      assertTrue(client.ends().values().stream().allMatch("200/4"::equals));
    }
  }

  @Test
  void connection_thatResetsAtOnce_isTakenAway() throws Exception {
    flood(client -> {
      int stream = 1;
      for (int i = 0; i < 2_000 && !client.isClosed(); i++) {
        client.headers(stream, CHECK, false);
        client.reset(stream);
        stream += 2;
      }
    });
  }

  @Test
  void connection_thatFloodsPing_isTakenAway() throws Exception {
    flood(client -> repeat(client, client::ping));
  }

  @Test
  void connection_thatFloodsSettings_isTakenAway() throws Exception {
    flood(client -> repeat(client, client::settings));
  }

  private static void repeat(RawHttp2 client, Runnable frame) {
    for (int i = 0; i < 1_000 && !client.isClosed(); i++) {
      frame.run();
    }
  }

  private interface Flood {
    void over(RawHttp2 client);
  }

  private static void flood(Flood flood) throws Exception {
    try (var server = server(PATIENT)) {
      List<RawHttp2> clients = IntStream.range(0, 5).mapToObj(_ -> server.connect()).toList();
      clients.forEach(flood::over);
      awaitWithin(TWICE, "all closed", () -> clients.stream().allMatch(RawHttp2::isClosed));
      assertTrue(clients.stream().allMatch(client -> client.goAway() == CALM));
    }
  }

  @Test
  void metadata_overLong_isRefusedAndTheConnectionGoesOn() throws Exception {
    try (var server = server(PATIENT)) {
      RawHttp2 client = server.connect();
      client.headers(1, CHECK, true, "x", "x".repeat(GrpcPort.METADATA_BYTES_MAX));
      call(client, 3);
      awaitWithin(TWICE, "two answers", () -> client.ends().size() == 2);
      assertEquals("431/null", client.ends().get(1));
      assertTrue(client.ends().get(3).startsWith("200/"));
      RawHttp2 worse = server.connect();
      worse.headers(1, CHECK, true, "x", "x".repeat(20 * GrpcPort.METADATA_BYTES_MAX));
      awaitWithin(TWICE, "closed", worse::isClosed);
    }
  }

  @Test
  void callerWhoBehaves_allAtOnce_hardlyNotices() throws Exception {
    var limits = new PortLimits(LIMIT, LIMIT, LONG, LONG);
    try (var server = new AbusedServer(limits, LIMIT, CONNECTIONS_MAX)) {
      var unloaded = new ArrayList<Long>();
      var loaded = new ArrayList<Long>();
      for (int round = 0; round < ROUNDS; round++) {
        unloaded.addAll(server.steady().p99s(WINDOWS, WINDOW));
        Thread abuse = Thread.ofPlatform().daemon().start(() -> abuseInEveryWay(server));
        loaded.addAll(server.steady().p99s(WINDOWS, WINDOW));
        abuse.join();
      }
      double without = Math.max(lowerQuartile(unloaded), P99_FLOOR_NANOS);
      double ratio = lowerQuartile(loaded) / without;
      System.out.printf(
          "under abuse: p99 %.2f ms, unloaded %.2f ms, ratio %.2f%n",
          lowerQuartile(loaded) / 1e6, without / 1e6, ratio);
      assertTrue(ratio <= 5, "p99 under abuse is %.1f of that without".formatted(ratio));
    }
  }

  /** What a machine that others use as well does to a few windows of many, it does not show. */
  private static double lowerQuartile(List<Long> figures) {
    return figures.stream().sorted().toList().get(figures.size() / 4);
  }

  /** All of it, in about as long as it is measured. */
  private static void abuseInEveryWay(AbusedServer server) {
    try {
      for (int i = 0; i < MANY / ROUNDS; i++) {
        server.add(socket(server.address()));
        server.connect();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var _ = halfOpen(server, 2, 100);
    for (int i = 0; i < 5; i++) {
      RawHttp2 settings = server.connect();
      repeat(settings, settings::settings);
      RawHttp2 ping = server.connect();
      repeat(ping, ping::ping);
      LockSupport.parkNanos(WINDOW.toNanos());
    }
  }

  private static List<RawHttp2> halfOpen(AbusedServer server, int connections, int calls) {
    List<RawHttp2> clients =
        IntStream.range(0, connections).mapToObj(_ -> server.connect()).toList();
    for (RawHttp2 client : clients) {
      for (int i = 0; i < calls; i++) {
        client.headers(1 + 2 * i, CHECK, false);
      }
    }
    return clients;
  }

  /** A call that has its request, which is not one that is answered with a decision. */
  private static void call(RawHttp2 client, int stream) {
    client.headers(stream, CHECK, false);
    client.data(stream, RawHttp2.message(new byte[0]), true);
  }

  private static Stream<String> ends(List<RawHttp2> clients) {
    return clients.stream().flatMap(client -> client.ends().values().stream());
  }

  private static void awaitOpenCalls(AbusedServer server, int count) {
    awaitWithin(TWICE, "all are there", () -> server.openCalls().open() >= count);
  }

  static Socket socket(InetSocketAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open(address);
    channel.configureBlocking(true);
    return channel.socket();
  }

  static void awaitClosed(List<Socket> sockets) {
    awaitWithin(TWICE, "all closed", () -> sockets.stream().allMatch(AbuseTest::isClosed));
  }

  static boolean isClosed(Socket socket) {
    SocketChannel channel = socket.getChannel();
    try {
      channel.configureBlocking(false);
      return channel.read(ByteBuffer.allocate(1_000)) < 0;
    } catch (IOException e) {
      return true;
    }
  }
}
