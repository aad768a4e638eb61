package dev.consentry.server.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the server listens.
 *
 * @param port 0 for any free one
 */
public record ListenAddress(InetAddress address, int port) {
  private static final int PORT_MAX = 65_535;
  private static final Pattern HOST_AND_PORT =
      Pattern.compile(
          "(?:\\[(?<v6>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)]|(?<name>[^:\\[\\]\\s]+)):(?<port>[0-9]{1,5})");

  /** Reads {@code HOST:PORT}; an IPv6 address stands in brackets. */
  static ListenAddress parse(String text) {
    Matcher match = HOST_AND_PORT.matcher(text);
    if (!match.matches() || Integer.parseInt(match.group("port")) > PORT_MAX) {
      throw new IllegalArgumentException(
          "must be HOST:PORT, such as 127.0.0.1:8980 or [::1]:0, with a port of at most "
              + PORT_MAX);
    }
    String host = match.group("v6") == null ? match.group("name") : match.group("v6");
    return new ListenAddress(resolved(host), Integer.parseInt(match.group("port")));
  }

  private static InetAddress resolved(String host) {
    try {
      InetAddress[] addresses = InetAddress.getAllByName(host);
      // A name that is only partly this machine's own may turn out to be anybody's.
      return Arrays.stream(addresses)
          .filter(address -> !address.isLoopbackAddress())
          .findFirst()
          .orElse(addresses[0]);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("must name a host that can be resolved", e);
    }
  }

  /** Whether nobody but this machine can reach it. */
  public boolean isLoopback() {
    return address.isLoopbackAddress();
  }

  public InetSocketAddress socketAddress() {
    return new InetSocketAddress(address, port);
  }

  /** The same with the port that was found free. */
  public ListenAddress withPort(int found) {
    return new ListenAddress(address, found);
  }

  /** An address as {@link #parse} reads it. */
  public static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    boolean v6 = host.contains(":");
    return (v6 ? "[" + shortened(host) + "]" : host) + ":" + address.getPort();
  }

  /** Java writes the loopback address of IPv6 as eight groups. */
  private static String shortened(String v6) {
    return v6.equals("0:0:0:0:0:0:0:1") ? "::1" : v6;
  }

  @Override
  public String toString() {
    return text(socketAddress());
  }
}
