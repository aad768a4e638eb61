package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.consentry.server.consent.RefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;
import org.slf4j.LoggerFactory;

final class LiveCallersTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-07-01T12:00:00Z"));

  private static final PresharedToken GATEWAY = PresharedToken.make(new SecureRandom());
  private static final PresharedToken CONSOLE = PresharedToken.make(new SecureRandom());
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private Path file = Path.of("");
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    file = folder.resolve("callers.yaml");
    log.start();
    if (LoggerFactory.getLogger(LiveCallers.class) instanceof Logger logger) {
      logger.addAppender(log);
    }
  }

  @AfterEach
  void unlisten() {
    if (LoggerFactory.getLogger(LiveCallers.class) instanceof Logger logger) {
      logger.detachAppender(log);
    }
  }

  @Test
  void start_noFileOrABrokenOne_isRefused() {
    assertThrows(CallersFileException.class, () -> LiveCallers.start(file, CLOCK));
    write("callers: []");
    assertThrows(CallersFileException.class, () -> LiveCallers.start(file, CLOCK));
  }

  @Test
  void look_newFile_countsAtTheSecondEqualLook() {
    write(listed(GATEWAY));
    try (var live = new LiveCallers(file, CLOCK)) {
      assertKnown(live, GATEWAY);
      assertUnknown(live, CONSOLE);
      long before = live.version();

      write(listed(CONSOLE));
      live.look();
      assertKnown(live, GATEWAY);
      assertEquals(before, live.version());

      live.look();
      assertUnknown(live, GATEWAY);
      assertKnown(live, CONSOLE);
      assertNotEquals(before, live.version());
      assertEquals(0, live.problems());
    }
  }

  @Test
  void look_sameFile_changesNothing() {
    write(listed(GATEWAY));
    try (var live = new LiveCallers(file, CLOCK)) {
      long before = live.version();
      for (int i = 0; i < 5; i++) {
        write(listed(GATEWAY));
        live.look();
      }
      assertEquals(before, live.version());
      assertEquals(List.of(), log.list);
    }
  }

  @Test
  void look_fileThatIsBeingWritten_isNotTaken() {
    assertHalfAFileIsNotTaken(LiveCallers::new);
    assertThrows(AssertionFailedError.class, () -> assertHalfAFileIsNotTaken(AtTheFirstLook::new));
  }

  private void assertHalfAFileIsNotTaken(BiFunction<Path, InstantSource, LiveCallers> maker) {
    String whole = listed(GATEWAY) + listed(CONSOLE).replace("callers:\n", "");
    write(whole);
    try (var live = maker.apply(file, CLOCK)) {
      // Each half is a good file, in which the other caller is missing.
      for (int length = listed(GATEWAY).length(); length <= whole.length(); length++) {
        write(whole.substring(0, length));
        live.look();
        assertKnown(live, GATEWAY);
        assertKnown(live, CONSOLE);
      }
      assertEquals(0, live.problems());
    }
  }

  @Test
  void look_brokenFile_keepsTheOldCallersAndIsToldOnce() {
    write(listed(GATEWAY));
    try (var live = new LiveCallers(file, CLOCK)) {
      long before = live.version();
      write(listed(CONSOLE).replace("decider", "decide") + "\n# " + CONSOLE.secret());
      for (int i = 0; i < 5; i++) {
        live.look();
      }
      assertKnown(live, GATEWAY);
      assertUnknown(live, CONSOLE);
      assertEquals(before, live.version());
      assertEquals(1, live.problems());
      assertEquals(1, log.list.size());
      assertEquals(Level.WARN, log.list.getFirst().getLevel());
      assertTrue(
          log.list.getFirst().getFormattedMessage().contains("is `decide`"),
          log.list.getFirst()::getFormattedMessage);

      write(listed(CONSOLE));
      live.look();
      live.look();
      assertKnown(live, CONSOLE);
      assertUnknown(live, GATEWAY);
    }
  }

  @Test
  void look_missingFile_keepsTheOldCallersAndIsToldOnce() throws IOException {
    write(listed(GATEWAY));
    try (var live = new LiveCallers(file, CLOCK)) {
      Files.delete(file);
      for (int i = 0; i < 5; i++) {
        live.look();
      }
      assertKnown(live, GATEWAY);
      assertEquals(1, live.problems());

      write(listed(GATEWAY));
      live.look();
      live.look();
      assertKnown(live, GATEWAY);
      assertEquals(1, live.problems());
    }
  }

  @Test
  void look_fileThatIsTooLarge_keepsTheOldCallers() {
    write(listed(GATEWAY));
    try (var live = new LiveCallers(file, CLOCK)) {
      write(listed(CONSOLE) + "#".repeat(CallersFile.FILE_BYTES_MAX));
      live.look();
      live.look();
      assertKnown(live, GATEWAY);
      assertEquals(1, live.problems());
    }
  }

  @Test
  void start_file_isLookedAtByItself() {
    write(listed(GATEWAY));
    try (var live = LiveCallers.start(file, CLOCK)) {
      write(listed(CONSOLE));
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (live.version() == 0 && System.nanoTime() < deadline) {
        LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
      }
      assertKnown(live, CONSOLE);
    }
  }

  private static String listed(PresharedToken token) {
    return """
    callers:
      - id: %s
        tokens: [{sha256: %s}]
        roles: [{role: decider}]
    """
        .formatted(token == GATEWAY ? "gateway" : "console", token.sha256());
  }

  private void write(String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertKnown(Authentication live, PresharedToken token) {
    try {
      live.identify(new Credential.Bearer(token.secret()));
    } catch (RefusedException e) {
      throw new AssertionFailedError("not known", e);
    }
  }

  private static void assertUnknown(Authentication live, PresharedToken token) {
    assertThrows(
        RefusedException.class, () -> live.identify(new Credential.Bearer(token.secret())));
  }

  /** Takes what is there at once. */
  private static final class AtTheFirstLook extends LiveCallers {
    AtTheFirstLook(Path file, InstantSource clock) {
      super(file, clock);
    }

    @Override
    protected boolean isWhole(Seen now, Seen before) {
      return true;
    }
  }
}
