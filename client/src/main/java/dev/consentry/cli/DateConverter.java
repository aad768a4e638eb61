package dev.consentry.cli;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a point in time: RFC 3339, or {@code YYYY-MM-DD} for 00:00 UTC that day. */
final class DateConverter implements ITypeConverter<Timestamp> {
  private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");

  @Override
  public Timestamp convert(String value) {
    try {
      Instant instant =
          DAY.matcher(value).matches()
              ? LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant()
              : OffsetDateTime.parse(value).toInstant();
      return Timestamps.checkValid(
          Timestamp.newBuilder()
              .setSeconds(instant.getEpochSecond())
              .setNanos(instant.getNano())
              .build());
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new TypeConversionException(
          "`"
              + value
              + "` is not a date: write YYYY-MM-DD (00:00 UTC that day),"
              + " or RFC 3339 such as 2027-01-31T08:00:00Z");
    }
  }
}
