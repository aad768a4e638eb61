package dev.consentry.server.gateway;

import dev.consentry.server.decision.InvalidValueException;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * Names the host that a request asks for, in the one form in which hosts are compared: lower case,
 * no port, no dot at the end. A name, an IPv4 address, or an IPv6 address in brackets, written out.
 *
 * @param value in that form; an IPv6 address may be written in any way
 */
public record HostName(String value) {
  /** RFC 1035 §2.3.4, without the length bytes at both ends. */
  static final int NAME_LENGTH_MAX = 253;

  static final int LABEL_LENGTH_MAX = 63;

  /** {@code ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255}, in brackets. */
  static final int IPV6_LENGTH_MAX = 47;

  static final int PORT_MAX = 65_535;

  private static final int PORT_DIGITS_MAX = 5;

  public HostName {
    try {
      String normalized = normalized(value);
      if (value.startsWith("[") ? !value.endsWith("]") : !normalized.equals(value)) {
        throw new InvalidValueException("must be in lower case, without port and `.` at the end");
      }
      value = normalized;
    } catch (UnsafeRequestException e) {
      throw new InvalidValueException("must be what a host can be: " + e.problem());
    }
  }

  /**
   * Reads what a request names as its host.
   *
   * @param host as it came: {@code API.example.com.:80} is {@code api.example.com}
   * @throws UnsafeRequestException if it is no host
   */
  public static HostName parse(String host) throws UnsafeRequestException {
    return new HostName(normalized(host));
  }

  /** The value of {@link #parse}, which is the text itself if it is in that form. */
  static String normalized(String host) throws UnsafeRequestException {
    int end = withoutPort(host);
    if (host.startsWith("[")) {
      return ipv6(host, end);
    }
    if (end > 0 && host.charAt(end - 1) == '.') {
      end--;
    }
    if (end > NAME_LENGTH_MAX) {
      throw new UnsafeRequestException(
          "the host has %,d characters, more than %d".formatted(end, NAME_LENGTH_MAX));
    }
    boolean isLower = true;
    int label = 0;
    for (int i = 0; i <= end; i++) {
      char c = i < end ? host.charAt(i) : '.';
      if (c == '.') {
        if (i == label || i - label > LABEL_LENGTH_MAX) {
          throw new UnsafeRequestException(
              "the host has a label of %,d characters, not of 1 to %d"
                  .formatted(i - label, LABEL_LENGTH_MAX));
        }
        label = i + 1;
      } else if (c >= 'A' && c <= 'Z') {
        isLower = false;
      } else if (!isLetter(c)) {
        throw new UnsafeRequestException("the host has U+%04X".formatted((int) c));
      }
    }
    return isLower ? host.substring(0, end) : lower(host, end);
  }

  /* ASCII alone is left, so that no locale and no letter outside of it counts. */
  private static String lower(String host, int end) {
    var lower = new StringBuilder(end);
    for (int i = 0; i < end; i++) {
      char c = host.charAt(i);
      lower.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
    }
    return lower.toString();
  }

  /* `_` is in no host name of RFC 1123, and in many that containers have. */
  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }

  /** Where the host ends. */
  private static int withoutPort(String host) throws UnsafeRequestException {
    int from = host.startsWith("[") ? Math.max(0, host.indexOf(']')) : 0;
    int colon = host.indexOf(':', from);
    if (colon < 0) {
      return host.length();
    }
    int digits = host.length() - (colon + 1);
    int port = 0;
    for (int i = colon + 1; i < host.length(); i++) {
      char c = host.charAt(i);
      port =
          c >= '0' && c <= '9' && digits <= PORT_DIGITS_MAX ? port * 10 + (c - '0') : PORT_MAX + 1;
    }
    if (digits == 0 || port > PORT_MAX) {
      throw new UnsafeRequestException("the host has a port that is none");
    }
    return colon;
  }

  private static String ipv6(String host, int end) throws UnsafeRequestException {
    if (end <= IPV6_LENGTH_MAX && host.charAt(end - 1) == ']') {
      String inner = host.substring(1, end - 1);
      // Nothing but these: a zone would be looked up among the interfaces.
      if (inner.chars().allMatch(c -> isHexDigit(c) || c == ':' || c == '.')) {
        try {
          if (InetAddress.ofLiteral(inner) instanceof Inet6Address address) {
            return "[" + address.getHostAddress() + "]";
          }
        } catch (IllegalArgumentException e) {
          throw new UnsafeRequestException("the host has brackets without an IPv6 address");
        }
      }
    }
    throw new UnsafeRequestException("the host has brackets without an IPv6 address");
  }

  private static boolean isHexDigit(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  @Override
  public String toString() {
    return value;
  }
}
