package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that begin TLS and go no further. */
final class AbuseTlsTest {
  private static final int MANY = 200;
  private static final PortLimits SHORT_HANDSHAKE =
      new PortLimits(AbusedServer.LIMIT, AbusedServer.LONG, AbusedServer.LONG, AbusedServer.LONG);

  /** Longer than any other test here waits. */
  private static final PortLimits PATIENT =
      new PortLimits(AbusedServer.LONG, AbusedServer.LONG, AbusedServer.LONG, AbusedServer.LONG);

  @TempDir private Path directory;

  private final TestAuthority authority = TestAuthority.named("servers");
  private final List<Socket> opened = new ArrayList<>();
  private TlsFiles files;

  @BeforeEach
  void write() {
    Path certificate = directory.resolve("server.pem");
    Path key = directory.resolve("server.key");
    authority.issue(TestAuthority.loopback()).write(certificate, key);
    files = TlsFiles.open(certificate, key, null);
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : opened) {
      socket.close();
    }
    files.close();
  }

  @Test
  void connections_stalledInTls_areClosedAndOthersGetIn() throws Exception {
    try (var port = new TlsPort(files, SHORT_HANDSHAKE)) {
      List<Socket> stalled = stall(port);
      // It answers without a certificate of its caller, which has none.
      assertNull(port.peerOf(authority, null));
      AbuseTest.awaitClosed(stalled);
      assertNull(port.peerOf(authority, null));
    }
  }

  /** Without the limit they stay, so that it is the limit that the test above sees. */
  @Test
  void connections_stalledInTlsWithoutALimit_stay() throws Exception {
    try (var port = new TlsPort(files, PATIENT);
        var limited = new TlsPort(files, SHORT_HANDSHAKE)) {
      List<Socket> stalled = stall(port);
      AbuseTest.awaitClosed(stall(limited));
      assertFalse(stalled.stream().anyMatch(AbuseTest::isClosed));
    }
  }

  private List<Socket> stall(TlsPort port) throws Exception {
    var stalled = new ArrayList<Socket>();
    for (int i = 0; i < MANY; i++) {
      Socket socket = AbuseTest.socket(port.address());
      opened.add(socket);
      stalled.add(socket);
      SocketChannel channel = socket.getChannel();
      ByteBuffer hello = clientHello();
      while (hello.hasRemaining()) {
        assertTrue(channel.write(hello) >= 0);
      }
    }
    return stalled;
  }

  private static ByteBuffer clientHello() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    var _ = engine.wrap(ByteBuffer.allocate(0), hello);
    return hello.flip();
  }
}
