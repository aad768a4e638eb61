package dev.consentry.server.config;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts with units, as people write them: {@code 512MiB}, {@code 25%}, {@code 500ms}. */
public final class Amounts {
  private static final Pattern AMOUNT =
      Pattern.compile("(?<number>[0-9]{1,12}) ?(?<unit>[A-Za-z%]*)");
  private static final Map<String, Long> BYTES =
      Map.of("", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);
  private static final Map<String, Long> MILLISECONDS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

  private Amounts() {}

  /**
   * Bytes.
   *
   * @param whole what a percentage is a share of, in bytes
   */
  static long bytes(String text, long whole, long min, long max) {
    Matcher match = AMOUNT.matcher(text);
    if (match.matches()) {
      String unit = match.group("unit");
      long number = Long.parseLong(match.group("number"));
      long bytes = unit.equals("%") ? whole / 100 * number : number * BYTES.getOrDefault(unit, 0L);
      if (bytes >= min && bytes <= max) {
        return bytes;
      }
    }
    throw new IllegalArgumentException(
        "must be a size from %dMiB to %dMiB, such as 512MiB or 1GiB, or a share of the heap such as 25%%"
            .formatted(min >> 20, max >> 20));
  }

  /** A whole number. */
  static int count(String text, int min, int max) {
    if (text.matches("[0-9]{1,9}")) {
      int count = Integer.parseInt(text);
      if (count >= min && count <= max) {
        return count;
      }
    }
    throw new IllegalArgumentException("must be a number from %d to %d".formatted(min, max));
  }

  /** A share in whole percents. */
  static int percent(String text) {
    if (text.matches("[0-9]{1,3}%")) {
      int percent = Integer.parseInt(text.substring(0, text.length() - 1));
      if (percent <= 100) {
        return percent;
      }
    }
    throw new IllegalArgumentException("must be a share from 0% to 100%");
  }

  /**
   * A time.
   *
   * @throws IllegalArgumentException that says what would be right
   */
  public static Duration duration(String text, Duration min, Duration max) {
    Matcher match = AMOUNT.matcher(text);
    if (match.matches()) {
      Long unit = MILLISECONDS.get(match.group("unit"));
      if (unit != null) {
        Duration duration = Duration.ofMillis(Long.parseLong(match.group("number")) * unit);
        if (duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
          return duration;
        }
      }
    }
    throw new IllegalArgumentException(
        "must be a time from %s to %s, such as %s"
            .formatted(text(min), text(max), example(min, max)));
  }

  private static String example(Duration min, Duration max) {
    if (min.toDays() > 0) {
      return "90d";
    }
    if (min.toSeconds() > 0 && max.toHours() > 0) {
      return "90s or 2h";
    }
    return max.toSeconds() < 2 ? "250ms" : "500ms or 2s";
  }

  static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis > 0 && millis % Duration.ofDays(1).toMillis() == 0) {
      return duration.toDays() + "d";
    }
    return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
  }
}
