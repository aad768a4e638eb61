package dev.consentry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class TimesTest {
  private final Times times = new Times(Clock.fixed(CommandRun.NOW, ZoneOffset.UTC));

  @ParameterizedTest
  @CsvSource({
    "2026-11-23T10:12:30Z, just now (2026-11-23 10:12Z)",
    "2026-11-23T10:12:29Z, 1 second ago (2026-11-23 10:12Z)",
    "2026-11-23T10:11:30Z, 1 minute ago (2026-11-23 10:11Z)",
    "2026-11-23T09:12:31Z, 59 minutes ago (2026-11-23 09:12Z)",
    "2026-11-22T10:12:31Z, 23 hours ago (2026-11-22 10:12Z)",
    "2026-11-22T10:12:30Z, 1 day ago (2026-11-22 10:12Z)",
    "2026-09-25T10:12:30Z, 59 days ago (2026-09-25 10:12Z)",
    "2026-09-24T10:12:30Z, 2 months ago (2026-09-24 10:12Z)",
    "2024-11-23T10:12:30Z, 2 years ago (2024-11-23 10:12Z)",
    "2026-11-23T10:12:31Z, in 1 second (2026-11-23 10:12Z)",
    "2026-12-03T10:12:30Z, in 10 days (2026-12-03 10:12Z)",
  })
  void show_time_isRelativeAndAbsolute(String time, String expected) {
    assertEquals(expected, times.show(World.time(time)));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-01, 2026-11-01T00:00:00Z",
    "2026-11-01T12:00:00Z, 2026-11-01T12:00:00Z",
    "2026-11-01T12:00:00-05:00, 2026-11-01T17:00:00Z",
  })
  void convert_date_isThatInstant(String typed, String expected) {
    assertEquals(World.time(expected), new DateConverter().convert(typed));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tomorrow",
        "2026-13-01",
        "2026-02-29",
        "2026-1-1",
        "01.02.2026",
        "2026-11-01T12:00:00",
        "2026-11-01 12:00:00Z",
        "+12026-11-01T00:00:00Z",
        "0000-01-01",
      })
  void convert_noDate_isRefused(String typed) {
    assertThrows(TypeConversionException.class, () -> new DateConverter().convert(typed));
  }

  @ParameterizedTest
  @CsvSource({"500ms, 500", "5s, 5000", "2m, 120000"})
  void convert_timeSpan_isThatLong(String typed, long millis) {
    assertEquals(Duration.ofMillis(millis), new DurationConverter().convert(typed));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "-5s", "0s", "5h", "5 s", "1.5s", "99999999s"})
  void convert_noTimeSpan_isRefused(String typed) {
    assertThrows(TypeConversionException.class, () -> new DurationConverter().convert(typed));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:8980", "localhost:1", "[::1]:65535", "a-b.example:80"})
  void serverAddress_hostAndPort_isTaken(String value) {
    assertEquals(value, new ServerAddress(value).value());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "localhost", ":80", "a:", "a:0", "a:65536", "::1:80", "http://a:80", "a b:80"})
  void serverAddress_anythingElse_isRefused(String value) {
    assertThrows(IllegalArgumentException.class, () -> new ServerAddress(value));
  }
}
