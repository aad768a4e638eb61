package dev.consentry.server.store;

import org.jspecify.annotations.Nullable;

/**
 * Where a PostgreSQL database is, and how to get in.
 *
 * @param url {@code jdbc:postgresql://…}, the user's name perhaps in it, never the password
 * @param password null if none is needed, or the driver finds it by itself
 */
public record PostgresAddress(String url, @Nullable String password) {
  /** Without the password. */
  @Override
  public String toString() {
    return url;
  }
}
