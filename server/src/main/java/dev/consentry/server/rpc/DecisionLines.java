package dev.consentry.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.log.JsonText;
import dev.consentry.server.rpc.QueuedDecisionLog.AtDoor;
import dev.consentry.server.rpc.QueuedDecisionLog.Entry;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Lines of the decision log: one JSON object an answer, as {@code docs/decision-log.md} says. */
final class DecisionLines {
  /** A text beyond this is no id or scope, and its length is all that is said of it. */
  static final int TEXT_CHARACTERS_MAX = 1_024;

  /** The same for a list of scopes. */
  static final int SCOPES_MAX = 100;

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  private final BooleanSupplier isDrawn;

  /**
   * Encodes lines.
   *
   * @param isDrawn whether to write the next item of a batch that is ALLOW
   */
  DecisionLines(BooleanSupplier isDrawn) {
    this.isDrawn = isDrawn;
  }

  /**
   * Appends the lines of an entry.
   *
   * @return how many
   */
  int append(StringBuilder out, Entry entry) {
    int start = out.length();
    try {
      return appendParsed(out, entry);
    } catch (InvalidProtocolBufferException e) {
      out.setLength(start);
      begin(out, entry);
      appendError(out, entry.error);
      return 1;
    }
  }

  private int appendParsed(StringBuilder out, Entry entry) throws InvalidProtocolBufferException {
    byte[] request = entry.request;
    byte[] reply = entry.reply;
    ErrorReason error = entry.error;
    return switch (entry.call) {
      case CHECK -> {
        beginQuestion(out, entry, CheckRequest.parseFrom(request));
        if (reply == null) {
          appendError(out, error);
        } else {
          appendAnswer(out, CheckResponse.parseFrom(reply));
        }
        yield 1;
      }
      case STREAM_CHECK -> {
        beginQuestion(out, entry, StreamCheckRequest.parseFrom(request).getCheck());
        if (reply == null) {
          appendError(out, error);
        } else {
          appendAnswer(out, StreamCheckResponse.parseFrom(reply).getResponse());
        }
        yield 1;
      }
      case DOOR -> {
        appendDoor(out, entry, requireNonNull(entry.door));
        yield 1;
      }
      case BATCH_CHECK -> {
        BatchCheckRequest batch = BatchCheckRequest.parseFrom(request);
        if (reply == null) {
          begin(out, entry);
          out.append(",\"items\":").append(batch.getItemsCount());
          appendError(out, error);
          yield 1;
        }
        yield appendItems(out, entry, batch, BatchCheckResponse.parseFrom(reply));
      }
    };
  }

  private static void appendDoor(StringBuilder out, Entry entry, AtDoor at) {
    begin(out, entry);
    appendText(out, "door", at.name());
    CheckQuestion asked = at.asked();
    if (asked != null) {
      appendText(out, "account_id", asked.key().account().value());
      appendText(out, "app_id", asked.key().app().value());
      appendTexts(out, "scopes", asked.scopes().stream().map(Scope::value).toList());
    }
    switch (at.answer()) {
      case null -> {
        appendError(out, entry.error);
        return;
      }
      case DoorAnswer.Open _ -> appendText(out, "decision", "PUBLIC");
      case DoorAnswer.Allowed allowed -> {
        appendText(out, "decision", "ALLOW");
        appendText(out, "revision", allowed.revision());
      }
      case DoorAnswer.Refused refused -> {
        appendText(out, "decision", "DENY");
        appendText(out, "deny_reason", refused.reason().name());
        if (refused.revision() != null) {
          appendText(out, "revision", refused.revision());
        }
      }
    }
    out.append("}\n");
  }

  private int appendItems(
      StringBuilder out, Entry entry, BatchCheckRequest batch, BatchCheckResponse response) {
    int lines = 0;
    for (int i = 0; i < batch.getItemsCount(); i++) {
      BatchCheckItem item = batch.getItems(i);
      BatchCheckResult result = response.getResults(i);
      boolean allowed = result.getResponse().getDecision() == Decision.DECISION_ALLOW;
      if (allowed && !isDrawn.getAsBoolean()) {
        continue;
      }
      beginQuestion(out, entry, item.getAccountId(), item.getAppId(), item.getScopesList());
      if (result.hasError()) {
        appendError(out, result.getError().getReason());
      } else {
        appendAnswer(out, result.getResponse());
      }
      lines++;
    }
    return lines;
  }

  private static void beginQuestion(StringBuilder out, Entry entry, CheckRequest check) {
    beginQuestion(out, entry, check.getAccountId(), check.getAppId(), check.getScopesList());
  }

  private static void beginQuestion(
      StringBuilder out, Entry entry, String account, String app, List<String> scopes) {
    begin(out, entry);
    appendText(out, "account_id", account);
    appendText(out, "app_id", app);
    appendTexts(out, "scopes", scopes);
  }

  private static void begin(StringBuilder out, Entry entry) {
    out.append("{\"time\":\"");
    TIME.formatTo(Instant.ofEpochMilli(entry.millis), out);
    out.append("\",\"call\":\"").append(entry.call.text()).append('"');
    appendText(out, "caller", entry.caller);
  }

  private static void appendAnswer(StringBuilder out, CheckResponse response) {
    boolean allowed = response.getDecision() == Decision.DECISION_ALLOW;
    appendText(out, "decision", allowed ? "ALLOW" : "DENY");
    if (!allowed) {
      appendText(out, "deny_reason", after("DENY_REASON_", response.getDenyReason().name()));
      appendTexts(out, "missing_scopes", response.getMissingScopesList());
    }
    appendText(out, "revision", response.getRevision());
    out.append("}\n");
  }

  private static void appendError(StringBuilder out, ErrorReason reason) {
    appendText(out, "error", after("ERROR_REASON_", reason.name()));
    out.append("}\n");
  }

  private static String after(String prefix, String name) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }

  private static void appendText(StringBuilder out, String key, String text) {
    out.append(",\"").append(key);
    if (text.length() > TEXT_CHARACTERS_MAX) {
      out.append("_length\":").append(text.length());
    } else {
      out.append("\":");
      JsonText.appendQuoted(out, text);
    }
  }

  private static void appendTexts(StringBuilder out, String key, List<String> texts) {
    out.append(",\"").append(key).append("\":[");
    int written = 0;
    for (int i = 0; i < texts.size() && i < SCOPES_MAX; i++) {
      String text = texts.get(i);
      if (text.length() <= TEXT_CHARACTERS_MAX) {
        out.append(written > 0 ? "," : "");
        JsonText.appendQuoted(out, text);
        written++;
      }
    }
    out.append(']');
    if (written < texts.size()) {
      out.append(",\"").append(key).append("_left_out\":").append(texts.size() - written);
    }
  }
}
