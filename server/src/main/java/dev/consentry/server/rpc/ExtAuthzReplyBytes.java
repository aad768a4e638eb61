package dev.consentry.server.rpc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.consentry.server.gateway.DoorAnswer;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;

/**
 * Answers in Envoy's words, in bytes: those that {@link ExtAuthzReplies} would write by messages.
 * What lets a request through is put together of parts that never change, and of values; the rest
 * is left to messages.
 */
final class ExtAuthzReplyBytes {
  private static final byte[] OPEN = ExtAuthzReplies.reply(DoorAnswer.Open.INSTANCE).toByteArray();

  /** The status, which says nothing: it is OK. */
  private static final byte[] STATUS = {CheckResponse.STATUS_FIELD_NUMBER << 3 | 2, 0};

  private static final byte[] ACTION = {
    HeaderValueOption.APPEND_ACTION_FIELD_NUMBER << 3,
    HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD_VALUE
  };

  private static final byte[] REMOVED = ExtAuthzReplies.ALLOWED.toByteArray();

  /** What stands in the metadata before all else. */
  private static final byte[] OUTCOME =
      Struct.newBuilder()
          .putFields("outcome", Value.newBuilder().setStringValue("allow").build())
          .build()
          .toByteArray();

  private static final byte[][] HEADERS =
      DoorAnswer.HEADERS.stream().map(name -> name.getBytes(US_ASCII)).toArray(byte[][]::new);
  private static final byte[][] MEMBERS =
      ExtAuthzReplies.MEMBERS.stream().map(name -> name.getBytes(US_ASCII)).toArray(byte[][]::new);

  private ExtAuthzReplyBytes() {}

  /** A {@code CheckResponse}. */
  static byte[] reply(DoorAnswer answer) {
    return switch (answer) {
      case DoorAnswer.Open _ -> OPEN.clone();
      case DoorAnswer.Allowed allowed -> allowed(allowed);
      case DoorAnswer.Refused _ -> ExtAuthzReplies.reply(answer).toByteArray();
    };
  }

  /* Ids, scopes and revisions are ASCII, none is empty, and all of them together are below 16 KiB. */
  private static byte[] allowed(DoorAnswer.Allowed allowed) {
    byte[][] values = {
      allowed.subject().app().value().getBytes(US_ASCII),
      allowed.subject().account().value().getBytes(US_ASCII),
      allowed.scopes().getBytes(US_ASCII),
      allowed.revision().getBytes(US_ASCII)
    };
    int ok = REMOVED.length;
    int metadata = OUTCOME.length;
    for (int i = 0; i < values.length; i++) {
      ok += FieldCursor.size(headerLength(HEADERS[i], values[i]));
      metadata += FieldCursor.size(memberLength(MEMBERS[i], values[i]));
    }
    var reply = new byte[STATUS.length + FieldCursor.size(ok) + FieldCursor.size(metadata)];
    int at = put(reply, 0, STATUS);
    at = FieldCursor.writeHead(reply, at, CheckResponse.OK_RESPONSE_FIELD_NUMBER, ok);
    for (int i = 0; i < values.length; i++) {
      at = putHeader(reply, at, HEADERS[i], values[i]);
    }
    at = put(reply, at, REMOVED);
    at = FieldCursor.writeHead(reply, at, CheckResponse.DYNAMIC_METADATA_FIELD_NUMBER, metadata);
    at = put(reply, at, OUTCOME);
    for (int i = 0; i < values.length; i++) {
      at = putMember(reply, at, MEMBERS[i], values[i]);
    }
    return reply;
  }

  private static int headerLength(byte[] name, byte[] value) {
    return FieldCursor.size(nameAndValueLength(name, value)) + ACTION.length;
  }

  private static int nameAndValueLength(byte[] name, byte[] value) {
    return FieldCursor.size(name.length) + FieldCursor.size(value.length);
  }

  private static int putHeader(byte[] out, int start, byte[] name, byte[] value) {
    int at =
        FieldCursor.writeHead(
            out, start, OkHttpResponse.HEADERS_FIELD_NUMBER, headerLength(name, value));
    at =
        FieldCursor.writeHead(
            out, at, HeaderValueOption.HEADER_FIELD_NUMBER, nameAndValueLength(name, value));
    at = putField(out, at, HeaderValue.KEY_FIELD_NUMBER, name);
    at = putField(out, at, HeaderValue.VALUE_FIELD_NUMBER, value);
    return put(out, at, ACTION);
  }

  /** Of an entry of the struct's map. */
  private static int memberLength(byte[] name, byte[] value) {
    return FieldCursor.size(name.length) + FieldCursor.size(FieldCursor.size(value.length));
  }

  private static int putMember(byte[] out, int start, byte[] name, byte[] value) {
    int at =
        FieldCursor.writeHead(out, start, Struct.FIELDS_FIELD_NUMBER, memberLength(name, value));
    at = putField(out, at, WireFields.KEY, name);
    at = FieldCursor.writeHead(out, at, WireFields.VALUE, FieldCursor.size(value.length));
    return putField(out, at, Value.STRING_VALUE_FIELD_NUMBER, value);
  }

  private static int putField(byte[] out, int at, int number, byte[] content) {
    return FieldCursor.write(out, at, number, content, 0, content.length);
  }

  private static int put(byte[] out, int at, byte[] part) {
    System.arraycopy(part, 0, out, at, part.length);
    return at + part.length;
  }
}
