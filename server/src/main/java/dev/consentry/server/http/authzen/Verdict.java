package dev.consentry.server.http.authzen;

import dev.consentry.server.decision.Decision;
import dev.consentry.server.http.authzen.Asked.Unknown;
import dev.consentry.server.table.Answer;
import tools.jackson.core.JsonGenerator;

/** What one evaluation is answered: the object that AuthZEN calls a Decision. */
sealed interface Verdict {
  /** From a grant, or from there being none. */
  record Decided(Answer answer) implements Verdict {}

  /** It is about nothing of ours. */
  record Nothing(Unknown what) implements Verdict {}

  /**
   * It could not be answered, though others of its request could.
   *
   * @param status what it would have got on its own
   */
  record Failed(int status, String message) implements Verdict {}

  default boolean isAllowed() {
    return this instanceof Decided(var answer) && answer.isAllow();
  }

  /** Writes the members of its object. */
  default void write(JsonGenerator json) {
    json.writeBooleanProperty("decision", isAllowed());
    json.writeObjectPropertyStart("context");
    switch (this) {
      case Decided(var answer) -> {
        if (answer.decision() instanceof Decision.Deny deny) {
          json.writeStringProperty("reason", deny.reason().name());
        }
        json.writeStringProperty("revision", answer.at().token());
      }
      case Nothing(var what) -> json.writeStringProperty("reason", what.name());
      case Failed(int status, String message) -> {
        json.writeObjectPropertyStart("error");
        json.writeNumberProperty("status", status);
        json.writeStringProperty("message", message);
        json.writeEndObject();
      }
    }
    json.writeEndObject();
  }
}
