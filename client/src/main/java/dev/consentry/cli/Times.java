package dev.consentry.cli;

import com.google.protobuf.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Writes points in time for people: {@code 3 days ago (2026-11-20 10:12Z)}, in UTC.
 *
 * @param clock says what now is
 */
record Times(Clock clock) {
  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm'Z'").withZone(ZoneOffset.UTC);
  private static final int DAYS_PER_MONTH = 30;
  private static final int DAYS_PER_YEAR = 365;

  /** A time relative to now, and by the calendar. */
  String show(Timestamp timestamp) {
    Instant instant = Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    Duration ahead = Duration.between(clock.instant(), instant);
    return relative(ahead) + " (" + MINUTE.format(instant) + ")";
  }

  /** A time, or something else where there is none. */
  String show(boolean present, Timestamp timestamp, String otherwise) {
    return present ? show(timestamp) : otherwise;
  }

  private static String relative(Duration ahead) {
    String span = span(ahead.abs());
    if (ahead.abs().toSeconds() == 0) {
      return "just now";
    }
    return ahead.isNegative() ? span + " ago" : "in " + span;
  }

  private static String span(Duration span) {
    long days = span.toDays();
    if (days >= 2 * DAYS_PER_YEAR) {
      return count(days / DAYS_PER_YEAR, "year");
    }
    if (days >= 2 * DAYS_PER_MONTH) {
      return count(days / DAYS_PER_MONTH, "month");
    }
    if (days >= 1) {
      return count(days, "day");
    }
    if (span.toHours() >= 1) {
      return count(span.toHours(), "hour");
    }
    return span.toMinutes() >= 1
        ? count(span.toMinutes(), "minute")
        : count(span.toSeconds(), "second");
  }

  private static String count(long number, String unit) {
    return number + " " + unit + (number == 1 ? "" : "s");
  }
}
