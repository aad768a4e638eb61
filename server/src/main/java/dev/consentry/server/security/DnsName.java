package dev.consentry.server.security;

import dev.consentry.server.decision.InvalidValueException;
import java.util.regex.Pattern;

/**
 * Names a host, in the one way that is taken: lower-case ASCII, no wildcard, no dot at the end (RFC
 * 1123 §2.1).
 */
public record DnsName(String value) {
  /** RFC 1035 §2.3.4, without the length bytes at both ends. */
  static final int NAME_BYTES_MAX = 253;

  static final int LABEL_BYTES_MAX = 63;

  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");

  public DnsName {
    if (value.isEmpty() || value.length() > NAME_BYTES_MAX) {
      throw new InvalidValueException(
          "must have 1 to %d bytes, has %d".formatted(NAME_BYTES_MAX, value.length()));
    }
    String[] labels = value.split("\\.", -1);
    for (String label : labels) {
      if (label.length() > LABEL_BYTES_MAX || !LABEL.matcher(label).matches()) {
        throw new InvalidValueException(
            "must be labels of 1 to %d lower-case letters, digits and `-` inside, with a `.` between them; no wildcard, no `.` at the end"
                .formatted(LABEL_BYTES_MAX));
      }
    }
    if (DIGITS.matcher(labels[labels.length - 1]).matches()) {
      throw new InvalidValueException("must be a name, not an address");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
