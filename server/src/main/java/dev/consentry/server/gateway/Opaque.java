package dev.consentry.server.gateway;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What may stand inside a segment if a rule says so, because the upstream takes it for part of an
 * id. Other upstreams cut a segment off at {@code ;}, or in two at {@code %2F}.
 */
public enum Opaque {
  /** As it is: {@code %3B} is never allowed. */
  SEMICOLON(";"),
  /** Escaped, in either case. */
  SLASH("%2F");

  private final String text;

  Opaque(String text) {
    this.text = text;
  }

  /** As it is written in files. */
  public String text() {
    return text;
  }

  /** What is written so; empty if there is none. */
  static Optional<Opaque> of(String text) {
    return Arrays.stream(values()).filter(it -> it.text.equals(text)).findFirst();
  }

  /** All of them, as they are written, for a message. */
  static String texts() {
    return Arrays.stream(values())
        .map(Opaque::text)
        .collect(Collectors.joining("` and `", "`", "`"));
  }
}
