package dev.consentry.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the store is, how to get in, and what holds for it. */
final class StoreSettingsTest {
  private static final String URL = "jdbc:postgresql://db/consentry?user=consentry";
  private static final String VARIABLE = "CONSENTRY_SERVER_STORE_PASSWORD";
  private static final String SECRET = "hunter2";

  @TempDir private Path directory;

  @Test
  void password_fromAFile_isItsOneLine() throws IOException {
    String file = file(SECRET + "\n");
    var store = read(Map.of("--store", URL, "--store-password-file", file), Map.of()).store();
    assertEquals(new StoreChoice.Postgres(URL, SECRET), store);
    assertFalse(store.toString().contains(SECRET));
  }

  @Test
  void password_fromTheEnvironment_isTaken() {
    var config = read(Map.of("--store", URL), Map.of(VARIABLE, SECRET));
    assertEquals(new StoreChoice.Postgres(URL, SECRET), config.store());
    assertFalse(config.toString().contains(SECRET));
  }

  @Test
  void password_twice_isRefused() throws IOException {
    String problem =
        problem(
            Map.of("--store", URL, "--store-password-file", file(SECRET)),
            Map.of(VARIABLE, SECRET));
    assertTrue(problem.contains("one of the two is enough"), problem);
  }

  @Test
  void password_fileWithWindowsLineEnd_isTheLineWithoutIt() throws IOException {
    String file = file(SECRET + "\r\n");
    var store = read(Map.of("--store", URL, "--store-password-file", file), Map.of()).store();
    assertEquals(new StoreChoice.Postgres(URL, SECRET), store);
  }

  @ParameterizedTest
  @CsvSource({"'', it is empty", "'\n', it is empty", "'one\ntwo\n', it has 2 lines"})
  void password_fileThatIsNotOneLine_saysWhatIsWrong(String content, String part)
      throws IOException {
    String problem = problem(Map.of("--store-password-file", file(content)), Map.of());
    assertTrue(problem.contains("must be a file of one line, the password: " + part), problem);
  }

  @Test
  void password_fileThatIsNotThere_saysSo() {
    String none = directory.resolve("none").toString();
    String problem = problem(Map.of("--store-password-file", none), Map.of());
    assertTrue(problem.contains("there is no such file; is `" + none), problem);
  }

  @Test
  void password_fileThatIsADirectory_saysThatItCannotBeRead() {
    String problem = problem(Map.of("--store-password-file", directory.toString()), Map.of());
    assertTrue(problem.contains("it cannot be read ("), problem);
  }

  @Test
  void password_fileThatIsNotText_saysSo() throws IOException {
    Path file = Files.write(directory.resolve("password"), new byte[] {(byte) 0xff, 'x'});
    String problem = problem(Map.of("--store-password-file", file.toString()), Map.of());
    assertTrue(problem.contains("it is not UTF-8"), problem);
  }

  @Test
  void password_inTheFileOfSettings_isRefusedAndNotShown() throws IOException {
    Path file = directory.resolve("consentry.yaml");
    Files.writeString(file, "store-password: " + SECRET);
    assertEquals(
        "`store-password` in %s: a password must not stand there: `store-password-file` names a file that holds it, or the variable %s does"
            .formatted(file, VARIABLE),
        problem(Map.of("--config", file.toString()), Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--store-password=hunter2", "--store-password hunter2"})
  void password_onTheCommandLine_isRefusedAndNotShown(String words) {
    var e =
        assertThrows(
            ConfigException.class,
            () -> ConfigReader.read(Map.of(), List.of(words.split(" ", -1)), Map.of(), 1L << 30));
    assertEquals(
        List.of("unknown argument: `--store-password` (did you mean `--store-password-file`?)"),
        e.problems());
  }

  @Test
  void pollInterval_upToHalfOfMaxStaleness_isTaken() {
    var flags = Map.of("--max-staleness", "600ms", "--poll-interval", "300ms");
    assertEquals(Duration.ofMillis(300), read(flags, Map.of()).pollInterval());
    var longer = Map.of("--max-staleness", "600ms", "--poll-interval", "301ms");
    String problem = problem(longer, Map.of());
    assertEquals(
        "`--poll-interval`: must be a time from 10ms to 300ms, such as 250ms: at most half of"
            + " max-staleness (600ms); is `301ms`",
        problem);
    assertTrue(problem(Map.of("--poll-interval", "9ms"), Map.of()).contains("from 10ms"));
  }

  @Test
  void historyRetention_fromADayToAHundredYears_isTaken() {
    for (String days : List.of("1d", "24h", "36500d")) {
      read(Map.of("--history-retention", days), Map.of());
    }
    for (String days : List.of("23h", "36501d", "0d", "lots")) {
      String problem = problem(Map.of("--history-retention", days), Map.of());
      assertTrue(problem.contains("from 1d to 36500d, such as 90d"), problem);
    }
  }

  private String file(String content) throws IOException {
    return Files.writeString(directory.resolve("password"), content).toString();
  }

  private static ServerConfig read(Map<String, String> flags, Map<String, String> environment) {
    return ConfigReader.read(flags, List.of(), environment, 1L << 30);
  }

  private static String problem(Map<String, String> flags, Map<String, String> environment) {
    var e = assertThrows(ConfigException.class, () -> read(flags, environment));
    assertEquals(1, e.problems().size(), e.toString());
    return e.problems().getFirst();
  }
}
