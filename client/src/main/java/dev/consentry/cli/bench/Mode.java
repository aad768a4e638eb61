package dev.consentry.cli.bench;

import java.util.Locale;

/** How questions travel. */
public enum Mode {
  /** One in a call. */
  UNARY,
  /** Many in a call. */
  BATCH,
  /** One in a message of a stream that stays open. */
  STREAM;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
