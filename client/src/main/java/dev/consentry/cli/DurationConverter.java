package dev.consentry.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time span: {@code 500ms}, {@code 5s} or {@code 2m}. */
class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern SPAN = Pattern.compile("([0-9]{1,6})(ms|s|m)");

  @Override
  public Duration convert(String value) {
    Matcher matcher = SPAN.matcher(value);
    if (!matcher.matches() || Integer.parseInt(matcher.group(1)) == 0) {
      throw new TypeConversionException(
          "`" + value + "` is not a positive time span, such as 500ms, 5s or 2m");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      default -> Duration.ofMinutes(amount);
    };
  }

  /** Reads a time span that may also be none: {@code 0s}. */
  static final class OrZero extends DurationConverter {
    private static final String ZERO = "0s";

    @Override
    public Duration convert(String value) {
      return value.equals(ZERO) ? Duration.ZERO : super.convert(value);
    }
  }
}
