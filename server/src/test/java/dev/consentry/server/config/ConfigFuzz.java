package dev.consentry.server.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.consentry.server.Seeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.Driver;

/** Any text as a configuration: it is taken within its bounds, or every problem is told. */
final class ConfigFuzz {
  private static final long HEAP_BYTES = 4L << 30;

  /** What is looked up as the name of a host, unless it is an address. */
  private static final Pattern NAME_AND_PORT =
      Pattern.compile("(?s)[^:\\[\\]\\s]+:[0-9]{1,5}|\\[[^:]*].*");

  private static final Pattern IPV4_AND_PORT =
      Pattern.compile("((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\\.(?!:)|(?=:))){4}:[0-9]{1,5}");

  private static final Pattern LOOPBACK =
      Pattern.compile(
          "(127(\\.[0-9]{1,3}){3}|\\[[0:]*:0*1]|\\[[0:]*:(?i:ffff):(127(\\.[0-9]{1,3}){3}"
              + "|(?i:7f[0-9a-f]{2}:[0-9a-f]{1,4}))]):[0-9]{1,5}");

  @TempDir private static Path directory;

  /** The whole file. Where to listen is given otherwise: a host's name would be looked up. */
  @FuzzTest
  void file(byte[] input) {
    Path file = directory.resolve("config.yaml");
    try {
      Files.write(file, input);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Supplier<Optional<ServerConfig>> read =
        () ->
            read(
                Map.of(
                    "--config",
                    file.toString(),
                    "--listen",
                    "127.0.0.1:0",
                    "--store-password-file",
                    ""));
    Optional<ServerConfig> config = read.get();
    assertEquals(config, read.get());
    config.ifPresent(ConfigFuzz::assertInBounds);
  }

  private static Optional<ServerConfig> read(Map<String, String> flags) {
    try {
      return Optional.of(ConfigReader.read(flags, List.of(), Map.of(), HEAP_BYTES));
    } catch (ConfigException e) {
      assertFalse(e.problems().isEmpty());
      return Optional.empty();
    }
  }

  private static void assertInBounds(ServerConfig config) {
    assertTrue(config.tableBytes() >= ServerConfig.TABLE_BYTES_MIN);
    assertTrue(config.tableBytes() <= ServerConfig.tableBytesMax(HEAP_BYTES));
    assertTrue(config.maxStaleness().compareTo(ServerConfig.MAX_STALENESS_MAX) <= 0);
    assertTrue(config.pollInterval().multipliedBy(2).compareTo(config.maxStaleness()) <= 0);
    assertTrue(config.drain().compareTo(ServerConfig.DRAIN_MAX) <= 0);
    assertTrue(config.warmUp().compareTo(ServerConfig.WARM_UP_MAX) <= 0);
    assertTrue(config.data().isAbsolute());
  }

  @FuzzTest
  void storeUrl(byte[] input) {
    assertUrlHolds(StoreChoice.Postgres::parse, input);
  }

  @Test
  void storeUrl_mutantThatLooksAtTheQueryAlone_isFoundByASeed() {
    Seeds.of(this, "storeUrl").assertFinds(seed -> assertUrlHolds(ConfigFuzz::blind, seed));
  }

  /** Whatever is taken has no secret in it for the driver either. */
  private static void assertUrlHolds(Function<String, StoreChoice.Postgres> parse, byte[] input) {
    var url = new String(input, UTF_8);
    StoreChoice.Postgres parsed;
    try {
      parsed = parse.apply(url);
    } catch (IllegalArgumentException e) {
      assertFalse(e.getMessage().contains("hunter2"), e.getMessage());
      return;
    }
    assertEquals(url, parsed.url());
    assertFalse(url.contains("hunter2") && url.contains("password=hunter2"), url);
    Properties driver = Driver.parseURL(url, null);
    assertNotNull(driver, url);
    assertEquals(null, driver.getProperty("password"), url);
    assertEquals(null, driver.getProperty("sslpassword"), url);
    assertEquals(null, driver.getProperty("socketTimeout"), url);
  }

  /** Takes {@code #} for the beginning of a fragment, as RFC 3986 does. */
  private static StoreChoice.Postgres blind(String url) {
    StoreChoice.Postgres.parse(url.replaceFirst("#.*", ""));
    return new StoreChoice.Postgres(url, null);
  }

  @FuzzTest
  void amount(byte[] input) {
    assertAmountHolds(
        text -> Amounts.duration(text, Duration.ZERO, ServerConfig.HISTORY_RETENTION_MAX), input);
  }

  @Test
  void amount_mutantWithoutAMaximum_isFoundByASeed() {
    Seeds.of(this, "amount")
        .assertFinds(seed ->
            assertAmountHolds(
                text -> Amounts.duration(text, Duration.ZERO, Duration.ofDays(1_000_000)), seed));
  }

  private static void assertAmountHolds(Function<String, Duration> parse, byte[] input) {
    var text = new String(input, ISO_8859_1);
    Duration duration;
    try {
      duration = parse.apply(text);
    } catch (IllegalArgumentException e) {
      assertNotNull(e.getMessage());
      return;
    }
    assertTrue(!duration.isNegative(), text);
    assertTrue(duration.compareTo(ServerConfig.HISTORY_RETENTION_MAX) <= 0, text);
    assertEquals(duration, parse.apply(Amounts.text(duration)), text);
  }

  @FuzzTest
  void listen(byte[] input) {
    assertListenHolds(ListenAddress::parse, input);
  }

  @Test
  void listen_mutantThatTakesAnyAddressForLoopback_isFoundByASeed() {
    Seeds.of(this, "listen").assertFinds(seed -> assertListenHolds(ConfigFuzz::anywhere, seed));
  }

  private static void assertListenHolds(Function<String, ListenAddress> parse, byte[] input) {
    var text = new String(input, UTF_8);
    if (NAME_AND_PORT.matcher(text).matches() && !IPV4_AND_PORT.matcher(text).matches()) {
      return;
    }
    ListenAddress address;
    try {
      address = parse.apply(text);
    } catch (IllegalArgumentException e) {
      assertNotNull(e.getMessage());
      return;
    }
    assertEquals(LOOPBACK.matcher(text).matches(), address.isLoopback(), text);
    assertEquals(address, parse.apply(address.toString()), text);
  }

  private static ListenAddress anywhere(String text) {
    ListenAddress parsed = ListenAddress.parse(text.replaceFirst("0\\.0\\.0\\.0", "127.0.0.1"));
    return parsed;
  }
}
