package dev.consentry.server;

import dev.consentry.server.config.ListenAddress;
import dev.consentry.server.rpc.OpenCalls;
import dev.consentry.server.rpc.TestServer;
import io.grpc.ServerInterceptors;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class AbuseTest {
  @Test
  void probe() throws Exception {
    var ts = TestServer.start();
    var calls = OpenCalls.start(2000, Duration.ofSeconds(1), ts.counters());
    var limit = new ConnectionLimit(1000);
    var port = GrpcPort.open(new ListenAddress(InetAddress.getLoopbackAddress(), 0),
        ts.definitions().stream().map(s -> ServerInterceptors.intercept(s, calls)).toList(), limit,
        new PortLimits(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1)));
    var c = RawHttp2.connect(port.address());
    String CHECK = "consentry.v1.DecisionService/Check";
    for (int i = 0; i < 1000; i++) c.headers(1 + 2 * i, CHECK, false);
    Thread.sleep(500);
    System.out.println(calls.counts() + " " + limit.counts() + " " + c.ends().size());
    Thread.sleep(1000);
    System.out.println(calls.counts() + " " + limit.counts() + " " + c.ends().size() + c.ends().get(1));
    for (int i = 1000; i < 2000; i++) c.headers(1 + 2 * i, CHECK, false);
    Thread.sleep(500);
    System.out.println(calls.counts() + " " + limit.counts() + " " + c.ends().size() + c.ends().get(2001));
    Thread.sleep(3000);
    System.out.println(calls.counts() + " " + limit.counts() + " " + c.ends().size() + c.ends().get(2001) + " goaway " + c.goAway() + c.isClosed());
    c = RawHttp2.connect(port.address());
    long t = System.nanoTime();
    for (int i = 0; i < 2000; i++) c.settings();
    Thread.sleep(500);
    System.out.println("settings goaway " + c.goAway() + c.isClosed());
    c = RawHttp2.connect(port.address());
    for (int i = 0; i < 2000; i++) c.ping();
    Thread.sleep(500);
    System.out.println("ping goaway " + c.goAway() + c.isClosed());
    c = RawHttp2.connect(port.address());
    for (int i = 0; i < 1000; i++) { c.headers(1 + 2 * i, CHECK, false); c.reset(1 + 2 * i); }
    Thread.sleep(500);
    System.out.println("rst goaway " + c.goAway() + c.isClosed());
    for (int kb : new int[] {7, 9, 11, 14, 30, 100}) {
      c = RawHttp2.connect(port.address());
      c.headers(1, CHECK, false, "x", "a".repeat(kb << 10));
      c.data(1, RawHttp2.message(new byte[] {1,2}), true);
      c.headers(3, CHECK, false);
      c.data(3, RawHttp2.message(new byte[] {1,2}), true);
      Thread.sleep(300);
      System.out.println(kb + " " + c.ends() + " goaway " + c.goAway() + c.isClosed());
    }
    System.out.println(calls.counts() + " " + limit.counts());
    long t0 = System.nanoTime();
    var deaf = RawHttp2.connectDeaf(port.address());
    var idle = RawHttp2.connect(port.address());
    boolean a=false,b=false;
    while (!(deaf.isClosed() && idle.isClosed()) && System.nanoTime()-t0 < 20e9) { Thread.sleep(5); if(idle.isClosed()&&!a){a=true;System.out.println("idle closed "+(System.nanoTime()-t0)/1e9);} if(deaf.isClosed()&&!b){b=true;System.out.println("deaf closed "+(System.nanoTime()-t0)/1e9);} }
    var s = new java.net.Socket(port.address().getAddress(), port.address().getPort());
    t0 = System.nanoTime();
    s.getInputStream().readAllBytes();
    System.out.println("silent closed " + (System.nanoTime()-t0)/1e9);
    System.out.println(calls.counts() + " " + limit.counts());
    port.close(Duration.ZERO); ts.close();
  }
}
