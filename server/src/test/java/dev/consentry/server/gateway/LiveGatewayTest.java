package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.gateway.GatewayFile.Around;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LiveGatewayTest {
  private static final Around OPEN = new Around(false, false);
  private static final String FILE =
      """
      gateway:
        doors:
          a: { kind: ext_authz, subject: { source: fixed }, scopes: routes }
        routes:
          - { path: /a, methods: [GET], scopes: [read] }
      """;

  @TempDir private Path folder;
  private Path file = Path.of("");
  private LiveGateway live;

  @BeforeEach
  void open() throws IOException {
    file = Files.writeString(folder.resolve("server.yaml"), FILE);
    live = new LiveGateway(file, OPEN);
  }

  @AfterEach
  void close() {
    live.close();
  }

  @Test
  void look_otherRoutes_countOnceTheyStoodThereTwice() throws IOException {
    Gateway before = live.get();
    write(FILE + "    - { path: /b, methods: [GET], public: true }\n");
    live.look();
    assertSame(before, live.get(), "it may be half written");
    live.look();
    assertEquals(2, live.get().routes().rules().size());
    assertEquals(before.doors(), live.get().doors());
    assertEquals(0, live.problems());
  }

  @Test
  void look_otherSettings_changeNothing() throws IOException {
    look("listen: 127.0.0.1:0\n" + FILE);
    assertEquals(1, live.get().routes().rules().size());
    assertEquals(0, live.problems());
  }

  @Test
  void look_brokenFile_keepsTheOldAndCounts() throws IOException {
    Gateway before = live.get();
    look(FILE.replace("scopes: [read]", "scopes: []"));
    look("gateway: {");
    Files.delete(file);
    live.look();
    live.look();
    assertSame(before, live.get());
    assertEquals(3, live.problems());
    look(FILE.replace("/a", "/b"));
    assertEquals("GET /b", live.get().routes().rules().getFirst().toString());
    assertEquals(3, live.problems());
  }

  @Test
  void look_otherDoors_keepsTheOldAndCounts() throws IOException {
    Gateway before = live.get();
    look(FILE.replace("scopes: routes }", "scopes: gateway }"));
    look(FILE.replace("  a:", "  b:"));
    look(FILE + "  authzen: {}\n");
    look("listen: 127.0.0.1:0\n");
    assertSame(before, live.get());
    assertEquals(4, live.problems());
    look(FILE.replace("[read]", "[write]"));
    assertEquals(1, live.get().routes().rules().size());
    assertEquals("write", live.get().routes().rules().getFirst().scopes().getFirst().value());
  }

  @Test
  void start_brokenFile_isRefused() throws IOException {
    write("gateway: {");
    assertThrows(GatewayFileException.class, () -> LiveGateway.start(file, OPEN));
  }

  private void look(String content) throws IOException {
    write(content);
    live.look();
    live.look();
  }

  private void write(String content) throws IOException {
    Files.writeString(file, content);
  }
}
