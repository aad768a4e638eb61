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

  @ParameterizedTest
  @ValueSource(
      strings = {
        URL,
        "jdbc:postgresql://db:5433/consentry",
        "jdbc:postgresql://db1:5432,db2:5432/consentry?sslmode=verify-full&sslrootcert=/ca.pem",
        "jdbc:postgresql://[::1]/consentry?ApplicationName=mine"
      })
  void store_urlOfPostgreSql_isTakenAsItIs(String url) {
    assertEquals(
        new StoreChoice.Postgres(url, null), read(Map.of("--store", url), Map.of()).store());
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:mysql://db/consentry, `file`",
    "postgresql://db/consentry, `file`",
    "jdbc:postgresql://db, host and database",
    "jdbc:postgresql:consentry, host and database",
    "jdbc:postgresql://db/, host and database",
    "jdbc:postgresql://db/a b, must be a URL",
    "jdbc:postgresql://me:hunter2@db/consentry, no password",
    "jdbc:postgresql://db/consentry?password=hunter2, --store-password-file",
    "jdbc:postgresql://db/consentry?user=me&PassWord=hunter2, --store-password-file",
    "jdbc:postgresql://db/consentry?sslpassword=hunter2, --store-password-file",
    "jdbc:postgresql://db/consentry?socketTimeout=0, server sets itself: sockettimeout",
    "jdbc:postgresql://db/consentry?options=-c%20x=hunter2, server sets itself: options"
  })
  void store_thatCannotBeUsed_saysWhyWithoutAnySecret(String url, String part) {
    String problem = problem(Map.of("--store", url), Map.of());
    assertTrue(problem.startsWith("`--store`: must ") && problem.contains(part), problem);
    assertFalse(problem.contains(SECRET), problem);
  }

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

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "one\ntwo\n"})
  void password_fileThatIsNotOneLine_saysSo(String content) throws IOException {
    String problem = problem(Map.of("--store-password-file", file(content)), Map.of());
    assertTrue(problem.contains("must be a file of one line"), problem);
  }

  @Test
  void password_fileThatIsNotThere_saysSo() {
    String none = directory.resolve("none").toString();
    String problem = problem(Map.of("--store-password-file", none), Map.of());
    assertTrue(problem.contains("must be a file that can be read; is `" + none), problem);
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
    assertTrue(problem.contains("from 10ms to 300ms"), problem);
    assertTrue(problem.contains("half of max-staleness"), problem);
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
