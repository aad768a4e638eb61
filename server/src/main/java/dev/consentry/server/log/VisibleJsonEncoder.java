package dev.consentry.server.log;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * Logback's own JSON, as {@link JsonText} has it. Logback leaves U+2028, controls of direction and
 * other invisible characters as they are, and writes a {@code ?} for a lone surrogate.
 */
public final class VisibleJsonEncoder extends JsonEncoder {
  /** Comes last, when all that the event says stands there: what is not ASCII stands in strings. */
  @Override
  protected void appendCustomFields(StringBuilder json, ILoggingEvent event) {
    JsonText.escapeInvisible(json);
  }
}
