package dev.consentry.server.security;

import dev.consentry.server.decision.InvalidValueException;

/**
 * Names a workload: {@code spiffe://TRUST-DOMAIN/PATH} (SPIFFE-ID, section 2; X509-SVID, section
 * 3.1). There is one way to write an id, so two ids are the same if their texts are: nothing is
 * decoded, folded to lower case or matched by its beginning.
 *
 * @param value the whole of it
 */
public record SpiffeId(String value) {
  /** SPIFFE-ID, section 2.3. All of it is ASCII: a character is a byte. */
  static final int ID_BYTES_MAX = 2048;

  static final int TRUST_DOMAIN_BYTES_MAX = 255;

  static final String SCHEME = "spiffe://";

  public SpiffeId {
    if (!value.startsWith(SCHEME)) {
      throw new InvalidValueException("must begin with `" + SCHEME + "`, in lower case");
    }
    if (value.length() > ID_BYTES_MAX) {
      throw new InvalidValueException(
          "must have at most %d bytes, has %d".formatted(ID_BYTES_MAX, value.length()));
    }
    int slash = value.indexOf('/', SCHEME.length());
    if (slash < 0) {
      throw new InvalidValueException("must have a path: a trust domain alone is no workload");
    }
    requireTrustDomain(value.substring(SCHEME.length(), slash));
    for (String segment : value.substring(slash + 1).split("/", -1)) {
      requireSegment(segment);
    }
  }

  private static void requireTrustDomain(String domain) {
    if (domain.isEmpty() || domain.length() > TRUST_DOMAIN_BYTES_MAX) {
      throw new InvalidValueException(
          "must have a trust domain of 1 to %d bytes, has one of %d"
              .formatted(TRUST_DOMAIN_BYTES_MAX, domain.length()));
    }
    if (!domain.chars().allMatch(c -> isLowerOrDigit(c) || isMark(c))) {
      throw new InvalidValueException(
          "must have a trust domain of lower-case letters, digits, `.`, `-` and `_`");
    }
  }

  private static void requireSegment(String segment) {
    if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
      throw new InvalidValueException(
          "must have a path without empty segments, `.`, `..` and a `/` at the end");
    }
    if (!segment.chars().allMatch(c -> isLowerOrDigit(c) || isUpper(c) || isMark(c))) {
      throw new InvalidValueException("must have a path of letters, digits, `.`, `-`, `_` and `/`");
    }
  }

  private static boolean isLowerOrDigit(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static boolean isUpper(int c) {
    return c >= 'A' && c <= 'Z';
  }

  private static boolean isMark(int c) {
    return c == '.' || c == '-' || c == '_';
  }

  @Override
  public String toString() {
    return value;
  }
}
