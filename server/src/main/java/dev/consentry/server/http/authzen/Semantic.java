package dev.consentry.server.http.authzen;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Where the answers to several evaluations end. */
enum Semantic {
  EXECUTE_ALL,
  DENY_ON_FIRST_DENY,
  PERMIT_ON_FIRST_PERMIT;

  /** As requests have it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Semantic> of(String text) {
    return Arrays.stream(values()).filter(s -> s.text().equals(text)).findFirst();
  }

  static String texts() {
    return Arrays.stream(values()).map(Semantic::text).collect(Collectors.joining(", "));
  }

  /** Whether such an answer is the last. */
  boolean endsWith(boolean allowed) {
    return switch (this) {
      case EXECUTE_ALL -> false;
      case DENY_ON_FIRST_DENY -> !allowed;
      case PERMIT_ON_FIRST_PERMIT -> allowed;
    };
  }
}
