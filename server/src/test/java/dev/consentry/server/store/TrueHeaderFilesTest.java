package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SplittableRandom;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What H2 finds in a file that was copied right after a sync, as a kill would have left it. */
final class TrueHeaderFilesTest {
  private static final int COMMITS = 400;

  @TempDir private Path directory;

  @BeforeAll
  static void register() {
    TrueHeaderFiles.register();
  }

  @Test
  void open_copyAfterEverySync_seed1_hasEveryCommit() throws IOException {
    assertEquals(0, lostCommits(TrueHeaderFiles.SCHEME + ":async:", 1));
  }

  /** If this fails H2 has been mended, and {@link TrueHeaderFiles} can go. */
  @Test
  void open_copyAfterEverySyncOfH2Alone_seed1_lacksSome() throws IOException {
    assertNotEquals(0, lostCommits("async:", 1));
  }

  private int lostCommits(String scheme, long seed) throws IOException {
    var random = new SplittableRandom(seed);
    Path file = directory.resolve("live");
    int lost = 0;
    try (MVStore store =
        new MVStore.Builder().fileName(scheme + file).autoCommitDisabled().open()) {
      // Space is reused at once, and not only after 45 s.
      store.setRetentionTime(0);
      var map = store.<Integer, String>openMap("m");
      for (int commit = 1; commit <= COMMITS; commit++) {
        map.put(0, Integer.toString(commit));
        map.put(1 + random.nextInt(200), "x".repeat(random.nextInt(3_000)));
        store.commit();
        store.sync();
        if (!Integer.toString(commit).equals(latestInCopyOf(file))) {
          lost++;
        }
      }
    }
    return lost;
  }

  private String latestInCopyOf(Path file) throws IOException {
    Path copy = directory.resolve("copy");
    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
    try (MVStore store = new MVStore.Builder().fileName("async:" + copy).readOnly().open()) {
      return String.valueOf(store.<Integer, String>openMap("m").get(0));
    }
  }
}
