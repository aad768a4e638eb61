package dev.consentry.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
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

final class ConfigReaderTest {
  private static final long HEAP_BYTES = 4L << 30;

  @TempDir private Path directory;

  @Test
  void read_nothingGiven_isTheDefaults() {
    ServerConfig config = read(Map.of());
    assertEquals("127.0.0.1:8980", config.listen().toString());
    assertEquals("127.0.0.1:8981", String.valueOf(config.http()));
    assertEquals(new Access(null, null, null, true), config.access());
    assertEquals(10_000, config.connectionsMax());
    assertEquals(new DecisionLogChoice(DecisionLogChoice.Destination.OFF, 1), config.decisionLog());
    assertEquals(Path.of("data").toAbsolutePath(), config.data());
    assertEquals(StoreChoice.FILE, config.store());
    assertEquals(HEAP_BYTES / 100 * 25, config.tableBytes());
    assertEquals(Duration.ofSeconds(2), config.maxStaleness());
    assertEquals(Duration.ofMillis(250), config.pollInterval());
    assertEquals(Duration.ofDays(400), config.historyRetention());
    assertEquals(Duration.ofMillis(300), config.warmUp());
    assertEquals(Duration.ZERO, config.drain());
    assertEquals(LogLevel.INFO, config.logLevel());
    assertEquals(List.of(false, false), List.of(config.demo(), config.exitWithParent()));
  }

  @Test
  void http_off_listensNowhere() {
    assertNull(read(Map.of("--http", "off")).http());
  }

  @ParameterizedTest
  @ValueSource(strings = {"on", "OFF", "false", "8981", ":8981", ""})
  void http_malformed_saysWhatWouldBeRight(String value) {
    assertProblem("must be HOST:PORT, such as", Map.of("--http", value), List.of());
  }

  @Test
  void read_everythingInTheFile_isWhatItSays() throws IOException {
    Path file =
        file(
            """
            listen: "[::1]:0"
            http: "[::1]:1"
            reflection: off
            max-connections: 100
            data: /var/lib/consentry
            store: memory
            migrate: false
            demo: true
            table-size: 512MiB
            max-staleness: 500ms
            poll-interval: 10ms
            history-retention: 24h
            warm-up: 0s
            drain: 20s
            decision-log: stderr
            decision-log-allows: 100%
            log-level: debug
            exit-with-parent: true
            """);
    assertEquals(
        new ServerConfig(
            ListenAddress.parse("[::1]:0"),
            ListenAddress.parse("[::1]:1"),
            new Access(null, null, null, false),
            100,
            Path.of("/var/lib/consentry"),
            StoreChoice.MEMORY,
            false,
            true,
            512L << 20,
            Duration.ofMillis(500),
            Duration.ofMillis(10),
            Duration.ofDays(1),
            Duration.ZERO,
            Duration.ofSeconds(20),
            new DecisionLogChoice(DecisionLogChoice.Destination.STANDARD_ERROR, 100),
            LogLevel.DEBUG,
            true),
        read(Map.of("--config", file.toString())));
  }

  @Test
  void read_oneSettingThreeTimes_flagWinsOverEnvironmentOverFile() throws IOException {
    String file = file("{listen: '127.0.0.1:1', drain: 1s, log-level: warn}").toString();
    Map<String, String> environment =
        Map.of(
            "CONSENTRY_SERVER_CONFIG", file,
            "CONSENTRY_SERVER_LISTEN", "127.0.0.1:2",
            "CONSENTRY_SERVER_DRAIN", "2s");
    ServerConfig config = read(Map.of("--listen", "127.0.0.1:3"), List.of(), environment);
    assertEquals(3, config.listen().port());
    assertEquals(Duration.ofSeconds(2), config.drain());
    assertEquals(LogLevel.WARN, config.logLevel());
  }

  @Test
  void read_manyProblems_saysThemAllAtOnceAndWhatMayBeMeant() throws IOException {
    String file = file("{lisen: x, drain: [1s], max-staleness: soon}").toString();
    var e =
        assertThrows(
            ConfigException.class,
            () ->
                read(
                    Map.of("--config", file, "--store", "jdbc:oracle://db/consentry"),
                    List.of("--tabel-size=1GiB"),
                    Map.of("CONSENTRY_SERVER_LOG_LEVLE", "info", "CONSENTRY_SERVER_DEMO", "yes")));
    assertEquals(
        """
        unknown argument: `--tabel-size` (did you mean `--table-size`?)
        `drain` in FILE: must have one value
        unknown key: `lisen` in FILE (did you mean `listen`?)
        unknown variable: `CONSENTRY_SERVER_LOG_LEVLE` (did you mean `CONSENTRY_SERVER_LOG_LEVEL`?)
        `--store`: must be `file`, `memory` or a URL of PostgreSQL: \
        jdbc:postgresql://HOST:PORT/DATABASE
        `CONSENTRY_SERVER_DEMO`: must be true or false; is `yes`
        `max-staleness` in FILE: must be a time from 500ms to 60s, such as 500ms or 2s; is \
        `soon`\
        """
            .replace("FILE", file),
        String.join("\n", e.problems()));
  }

  @Test
  void read_strangeName_suggestsNothing() {
    assertProblem("unknown argument: `--frobnicate`", Map.of(), List.of("--frobnicate"));
  }

  @Test
  void read_fileThatIsNotThere_saysSo() {
    String file = directory.resolve("none.yaml").toString();
    assertProblem(file + ": no such file", Map.of("--config", file), List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"listen: [", "a: 1\na: 2", "- listen", "listen", "!!java.io.File x"})
  void read_fileThatIsNoMap_saysWhichFile(String text) throws IOException {
    String file = file(text).toString();
    var e = assertThrows(ConfigException.class, () -> read(Map.of("--config", file)));
    assertTrue(e.problems().getFirst().startsWith(file), e.toString());
  }

  @Test
  void read_emptyFile_isTheDefaults() throws IOException {
    assertEquals(read(Map.of()), read(Map.of("--config", file("# nothing yet\n").toString())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1:0", "127.0.0.1:65535", "[::1]:0", "localhost:8980", "127.9.9.9:1"})
  void listen_loopback_isTaken(String value) {
    assertTrue(read(Map.of("--listen", value)).listen().address().isLoopbackAddress());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "127.0.0.1",
        ":8980",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "::1:8980",
        "a b:1"
      })
  void listen_malformed_saysWhatWouldBeRight(String value) {
    assertProblem("must be HOST:PORT, such as", Map.of("--listen", value), List.of());
  }

  @ParameterizedTest
  @CsvSource({"1048576,1048576", "1MiB,1048576", "64 MiB,67108864", "2GiB,2147483648"})
  void tableSize_withinRange_isBytes(String value, long bytes) {
    // Half of the heap is the most, and a percent of it is not a whole number of bytes.
    assertEquals(bytes, Amounts.bytes(value, HEAP_BYTES, 1 << 20, HEAP_BYTES / 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1048575", "1023KiB", "51%", "3GiB", "0", "-1", "1MB", "1,5GiB", "lots"})
  void tableSize_outOfRangeOrMalformed_saysTheRange(String value) {
    assertProblem("must be a size from 1MiB to 2047MiB", Map.of("--table-size", value), List.of());
  }

  @Test
  void tableSize_shareOfTheHeap_isTaken() {
    assertEquals(HEAP_BYTES / 100 * 50, read(Map.of("--table-size", "50%")).tableBytes());
  }

  @ParameterizedTest
  @CsvSource({"500ms,500", "60s,60000", "1m,60000", "2 s,2000"})
  void maxStaleness_withinRange_isTaken(String value, long millis) {
    assertEquals(millis, read(Map.of("--max-staleness", value)).maxStaleness().toMillis());
  }

  @ParameterizedTest
  @ValueSource(strings = {"499ms", "60001ms", "2", "1h", "999999999999m", ""})
  void maxStaleness_outOfRangeOrMalformed_saysTheRange(String value) {
    assertProblem("must be a time from 500ms to 60s", Map.of("--max-staleness", value), List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "1000000"})
  void maxConnections_withinRange_isTaken(String value) {
    assertEquals(
        Integer.parseInt(value), read(Map.of("--max-connections", value)).connectionsMax());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1000001", "-1", "many", ""})
  void maxConnections_outOfRangeOrMalformed_saysTheRange(String value) {
    assertProblem(
        "must be a number from 1 to 1000000", Map.of("--max-connections", value), List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0%", "100%"})
  void decisionLogAllows_share_isTaken(String value) {
    assertEquals(
        value, read(Map.of("--decision-log-allows", value)).decisionLog().allowsPercent() + "%");
  }

  @ParameterizedTest
  @ValueSource(strings = {"101%", "1", "-1%", "half", ""})
  void decisionLogAllows_noShare_saysTheRange(String value) {
    assertProblem(
        "must be a share from 0% to 100%", Map.of("--decision-log-allows", value), List.of());
  }

  @Test
  void decisionLog_aName_isAFile() {
    assertEquals(
        new DecisionLogChoice.Destination.File(Path.of("/var/log/decisions.jsonl")),
        read(Map.of("--decision-log", "/var/log/decisions.jsonl")).decisionLog().destination());
  }

  @Test
  void setting_everyOne_hasKeyFlagAndVariableOfOneName() {
    assertEquals("table-size", Setting.TABLE_SIZE.key());
    assertEquals("--table-size", Setting.TABLE_SIZE.flag());
    assertEquals("CONSENTRY_SERVER_TABLE_SIZE", Setting.TABLE_SIZE.variable());
  }

  private void assertProblem(String part, Map<String, String> flags, List<String> unknown) {
    var e = assertThrows(ConfigException.class, () -> read(flags, unknown, Map.of()));
    assertEquals(1, e.problems().size(), e.toString());
    assertTrue(e.problems().getFirst().contains(part), e.toString());
  }

  @Test
  void read_flagWhereAValueShouldBe_isNotShown() {
    var e = assertThrows(ConfigException.class, () -> read(Map.of("--demo", "--password=x")));
    assertEquals(List.of("`--demo`: must be true or false"), e.problems());
  }

  @Test
  void read_nestedWithoutEnd_isAProblem() throws IOException {
    var file = file("[".repeat(100_000)).toString();
    var e = assertThrows(ConfigException.class, () -> read(Map.of("--config", file)));
    assertEquals(List.of(file + ": is nested too deeply"), e.problems());
  }

  private ServerConfig read(Map<String, String> flags) {
    return read(flags, List.of(), Map.of());
  }

  private ServerConfig read(
      Map<String, String> flags, List<String> unknown, Map<String, String> environment) {
    return ConfigReader.read(flags, unknown, environment, HEAP_BYTES);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("consentry.yaml"), text);
  }
}
