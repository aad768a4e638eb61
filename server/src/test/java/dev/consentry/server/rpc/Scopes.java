package dev.consentry.server.rpc;

import java.util.List;
import java.util.stream.IntStream;

/** Many scopes. */
final class Scopes {
  private Scopes() {}

  /** Different ones: {@code s0}, {@code s1}, …. */
  static List<String> count(int count) {
    return IntStream.range(0, count).mapToObj("s%d"::formatted).toList();
  }

  /** Different ones, each of the greatest length. */
  static List<String> longest(int count) {
    return IntStream.range(0, count).mapToObj(i -> "s".repeat(250) + "%06d".formatted(i)).toList();
  }
}
