package dev.consentry.server.security;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What callers can be trusted with. Where, a {@link Binding} says; what it opens, {@link Rights}.
 */
public enum Role {
  DECIDER,
  VIEWER,
  ACCOUNT_ADMIN,
  OPERATOR;

  /** As it is written in files and claims: {@code account-admin}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The role that is written so; empty if there is none. */
  public static Optional<Role> of(String text) {
    return Arrays.stream(values()).filter(role -> role.text().equals(text)).findFirst();
  }

  /** All of them, as they are written, for a message. */
  public static String texts() {
    return Arrays.stream(values()).map(Role::text).collect(Collectors.joining(", "));
  }
}
