package dev.consentry.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

/** Which URLs a store may have, and that none of the others is shown with a secret in it. */
final class StoreUrlTest {
  private static final String SECRET = "hunter2";
  private static final int RANDOM_URLS = 20_000;

  /** What no URL that is taken may set, as the driver spells it. */
  private static final Set<String> REFUSED =
      Set.of(
          "autosave",
          "cancelSignalTimeout",
          "connectTimeout",
          "loginTimeout",
          "options",
          "password",
          "preferQueryMode",
          "prepareThreshold",
          "queryTimeout",
          "readOnly",
          "service",
          "socketTimeout",
          "sslpassword",
          "targetServerType",
          "tcpKeepAlive");

  /** What URLs are made of that are nearly right. */
  private static final List<String> PIECES =
      List.of(
          "/",
          "//",
          "?",
          "&",
          "=",
          "#",
          ":",
          ",",
          "@",
          ";",
          "%20",
          "%",
          "+",
          "[::1]",
          "db",
          ":5432",
          "/consentry",
          "?user=me",
          "&user=me",
          "password",
          "&password=hunter2",
          "passw%6Frd",
          "&options=x",
          "socketTimeout",
          "&readOnly=true",
          "&PGPORT=1",
          "&service=x",
          "0",
          "99999");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://db/consentry?user=consentry",
        "jdbc:postgresql://db:5433/consentry",
        "jdbc:postgresql://db:65535/consentry",
        "jdbc:postgresql://db1:5432,db2:5432/consentry?sslmode=verify-full&sslrootcert=/ca.pem",
        "jdbc:postgresql://[::1]/consentry?ApplicationName=mine",
        "jdbc:postgresql://my_db/consent%20ry?user=me@cloud&currentSchema=a"
      })
  void store_urlOfPostgreSql_isTakenAsItIs(String url) {
    var config = ConfigReader.read(Map.of("--store", url), List.of(), Map.of(), 1L << 30);
    assertEquals(new StoreChoice.Postgres(url, null), config.store());
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:mysql://db/consentry, `file`",
    "postgresql://db/consentry, `file`",
    "postgresql://me:hunter2@db/consentry, `file`",
    "JDBC:postgresql://me:hunter2@db/consentry, `file`",
    "host=db password=hunter2, `file`",
    "jdbc:postgresql://db, host and database",
    "jdbc:postgresql:consentry, host and database",
    "jdbc:postgresql:///consentry, host and database",
    "jdbc:postgresql://db/, host and database",
    "jdbc:postgresql://db/?user=me, host and database",
    "jdbc:postgresql://db/con/sentry, host and database",
    "jdbc:postgresql://db:0/consentry, a port from 1 to 65535",
    "jdbc:postgresql://db:65536/consentry, a port from 1 to 65535",
    "jdbc:postgresql://db:x/consentry, a port from 1 to 65535",
    "'jdbc:postgresql://db1,,db2/consentry', HOST:PORT",
    "jdbc:postgresql://::1/consentry, HOST:PORT",
    "jdbc:postgresql://db/consentry?user=%zz, %25",
    "jdbc:postgresql://me:hunter2@db/consentry, no password",
    "jdbc:postgresql://me:hunter2@db:5432/consentry, no password",
    "jdbc:postgresql://db/consentry?password=hunter2, --store-password-file",
    "jdbc:postgresql://db/consentry?user=me&PassWord=hunter2, --store-password-file",
    "jdbc:postgresql://db/consentry?password, --store-password-file",
    "jdbc:postgresql://db/consentry?passw%6Frd=hunter2, --store-password-file",
    "jdbc:postgresql://db/consentry?ApplicationName=a#1&password=hunter2, --store-password-file",
    "jdbc:postgresql://db/consentry#?password=hunter2, --store-password-file",
    "jdbc:postgresql://db/consentry;user=me;password=hunter2, --store-password-file",
    "jdbc:postgresql://db/consentry?sslpassword=hunter2, `sslkey` must need none",
    "jdbc:postgresql://db/consentry?socketTimeout=0, server sets itself: socketTimeout",
    "jdbc:postgresql://db/consentry?prepareThreshold=0, server sets itself: prepareThreshold",
    "jdbc:postgresql://db/consentry?options=-c%20x=hunter2, server sets itself: options",
    "jdbc:postgresql://db/c?user=a#&READONLY=true&options=x, 'itself: READONLY, options'",
    "jdbc:postgresql://db/consentry?service=hunter2, without service",
    "jdbc:postgresql://db/consentry?PGHOST=hunter2, without PGHOST"
  })
  void store_thatCannotBeUsed_saysWhyWithoutAnySecret(String url, String part) {
    String problem = problem(url);
    assertTrue(problem.startsWith("`--store`: must ") && problem.contains(part), problem);
    assertFalse(problem.contains(SECRET), problem);
  }

  @Test
  void store_oneWrongWord_isShown() {
    assertTrue(problem("postgres").endsWith("; is `postgres`"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void store_randomUrlThatIsTaken_setsNothingRefusedToTheDriver(long seed) {
    var random = new SplittableRandom(seed);
    int taken = 0;
    for (int i = 0; i < RANDOM_URLS; i++) {
      String url = randomUrl(random);
      if (isTaken(url)) {
        taken++;
        Properties properties = Driver.parseURL(url, null);
        assertNotNull(properties, url);
        assertNotNull(properties.getProperty("PGDBNAME"), url);
        assertTrue(properties.stringPropertyNames().stream().noneMatch(REFUSED::contains), url);
      }
    }
    assertTrue(taken > RANDOM_URLS / 100, "too few were taken to mean anything: " + taken);
  }

  private static String randomUrl(SplittableRandom random) {
    var url = new StringBuilder("jdbc:postgresql:");
    url.append(random.nextInt(4) == 0 ? "" : "//db/consentry");
    url.append(random.nextInt(2) == 0 ? "" : "?ApplicationName=a");
    for (int left = random.nextInt(6); left > 0; left--) {
      url.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return url.toString();
  }

  private static boolean isTaken(String url) {
    try {
      StoreChoice.Postgres.parse(url);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String problem(String url) {
    var e =
        assertThrows(
            ConfigException.class,
            () -> ConfigReader.read(Map.of("--store", url), List.of(), Map.of(), 1L << 30));
    assertEquals(1, e.problems().size(), e.toString());
    return e.problems().getFirst();
  }
}
