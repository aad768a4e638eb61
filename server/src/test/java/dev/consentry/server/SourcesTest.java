package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the compiler does not hold: the size of classes, the words on packages, no sleep in tests.
 */
final class SourcesTest {
  private static final int CLASS_LINES_MAX = 400;
  private static final Path MAIN = Path.of("src", "main", "java");
  private static final Path TEST = Path.of("src", "test", "java");
  private static final Pattern SLEEP = Pattern.compile("\\.\\s*sleep\\s*\\(");
  private static final Pattern DESCRIBED_AND_NULL_MARKED =
      Pattern.compile("(?s).*/\\*\\*.+\\*/\\s*@NullMarked\\s+package .*");

  @Test
  void production_everyClass_hasAtMost400Lines() throws IOException {
    assertEquals(List.of(), sources(MAIN, SourcesTest::tooLong));
  }

  @Test
  void production_everyPackage_isDescribedAndNullMarked() throws IOException {
    assertEquals(List.of(), packagesWithoutWords(MAIN));
  }

  @Test
  void tests_noneOfThem_sleeps() throws IOException {
    assertEquals(List.of(), sources(TEST, text -> SLEEP.matcher(text).find()));
  }

  @Test
  void scans_plantedBreaches_areFound(@TempDir Path root) throws IOException {
    Path good = Files.createDirectory(root.resolve("good"));
    Files.writeString(good.resolve("A.java"), "\n".repeat(CLASS_LINES_MAX));
    Files.writeString(
        good.resolve("package-info.java"), "/** Words. */\n@NullMarked\npackage good;\n");
    assertEquals(List.of(), sources(root, SourcesTest::tooLong));
    assertEquals(List.of(), packagesWithoutWords(root));

    Path bad = Files.createDirectory(root.resolve("bad"));
    Path sleeper = Files.writeString(bad.resolve("B.java"), "Thread.sl" + "eep(1);");
    Path longer = Files.writeString(good.resolve("C.java"), "\n".repeat(CLASS_LINES_MAX + 1));
    assertEquals(List.of(longer), sources(root, SourcesTest::tooLong));
    assertEquals(List.of(sleeper), sources(root, text -> SLEEP.matcher(text).find()));
    assertEquals(List.of(bad), packagesWithoutWords(root));
    Files.writeString(bad.resolve("package-info.java"), "@NullMarked\npackage bad;\n");
    assertEquals(List.of(bad), packagesWithoutWords(root), "no words");
    Files.writeString(bad.resolve("package-info.java"), "/** Words. */\npackage bad;\n");
    assertEquals(List.of(bad), packagesWithoutWords(root), "not null-marked");
  }

  private static boolean tooLong(String text) {
    return text.lines().count() > CLASS_LINES_MAX;
  }

  private static List<Path> packagesWithoutWords(Path root) throws IOException {
    return sources(root, _ -> true).stream()
        .map(Path::getParent)
        .distinct()
        .filter(folder -> !isDescribed(folder.resolve("package-info.java")))
        .toList();
  }

  private static boolean isDescribed(Path packageInfo) {
    return Files.exists(packageInfo)
        && DESCRIBED_AND_NULL_MARKED.matcher(read(packageInfo)).matches();
  }

  /** The Java files under a folder, which must have some, whose text is like this. */
  private static List<Path> sources(Path root, Predicate<String> like) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> all = files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
      assertFalse(all.isEmpty(), "no sources under " + root.toAbsolutePath());
      return all.stream().filter(file -> like.test(read(file))).toList();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
