package dev.consentry.server.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WatchedFileTest {
  @TempDir private Path folder;

  /** What is taken back in a file has to count, even if there was no memory to read it at first. */
  @Test
  void tryLook_error_isCountedAndTheFileLookedAtAgain() throws IOException {
    Path file = Files.writeString(folder.resolve("a.yaml"), "old");
    var errors = new AtomicInteger(1);
    try (var watched = new Text(file, errors)) {
      Files.writeString(file, "new");
      watched.tryLook();
      watched.tryLook();
      assertEquals("old", watched.value());
      assertEquals(1, watched.problems());

      watched.tryLook();
      assertEquals("new", watched.value());
      assertEquals(1, watched.version());
      assertEquals(1, watched.problems());
    }
  }

  private static final class Text extends WatchedFile<String> {
    Text(Path file, AtomicInteger errors) {
      super(file, "text", 100, seen -> text(seen, errors));
    }

    private static String text(Seen seen, AtomicInteger errors) {
      String text =
          seen instanceof Seen.Content content
              ? new String(content.toArray(), StandardCharsets.UTF_8)
              : "";
      if (text.equals("new") && errors.getAndDecrement() > 0) {
        throw new OutOfMemoryError("as if");
      }
      return text;
    }
  }
}
