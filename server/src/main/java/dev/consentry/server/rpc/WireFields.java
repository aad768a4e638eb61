package dev.consentry.server.rpc;

import com.google.protobuf.WireFormat;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Walks over all fields of a message that has the plain form of its {@link WireShape}. */
final class WireFields {
  /** Of every entry of a map. */
  static final int KEY = 1;

  static final int VALUE = 2;

  private static final byte[] NOTHING = {};

  private final byte[] message;
  private final int end;
  private int next;
  private int number;
  private int from;
  private int to;

  /** The message that stands from here to there. */
  WireFields(byte[] message, int from, int to) {
    this.message = message;
    this.next = from;
    this.end = to;
  }

  /** An empty message. */
  static WireFields none() {
    return new WireFields(NOTHING, 0, 0);
  }

  /** Moves on; false if there is no other. */
  boolean next() {
    if (next == end) {
      return false;
    }
    int tag = message[next++];
    number = tag >>> 3;
    from = next;
    switch (tag & 7) {
      case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
        from = afterVarint();
        to = from + WireShape.varint(message, next, from);
      }
      case WireFormat.WIRETYPE_VARINT -> to = afterVarint();
      case WireFormat.WIRETYPE_FIXED64 -> to = next + Long.BYTES;
      default -> to = next + Integer.BYTES;
    }
    next = to;
    return true;
  }

  private int afterVarint() {
    int at = next;
    while (message[at] < 0) {
      at++;
    }
    return at + 1;
  }

  /** Which field it is. */
  int number() {
    return number;
  }

  /** Where its content begins. */
  int from() {
    return from;
  }

  /** Where it ends. */
  int to() {
    return to;
  }

  /** The field, a message itself, from its beginning. */
  WireFields inner() {
    return new WireFields(message, from, to);
  }

  /** The field, a text, which is ASCII. */
  String text() {
    return text(message, from, to);
  }

  /** What stands from here to there, a text in ASCII, or bytes, which are read as ISO 8859-1. */
  static String text(byte[] message, int from, int to) {
    return new String(message, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** Whether the field is this text in ASCII. */
  boolean is(String text) {
    if (to - from != text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (message[from + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The field, a varint. */
  boolean isZero() {
    for (int at = from; at < to; at++) {
      if ((message[at] & 0x7F) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The field, a double. */
  double number64() {
    long bits = 0;
    for (int at = to - 1; at >= from; at--) {
      bits = bits << 8 | (message[at] & 0xFF);
    }
    return Double.longBitsToDouble(bits);
  }

  /**
   * The value, a message, that a map has for a key.
   *
   * @param map the number of the map, whose entries are fields of this message
   * @return null if it has none
   */
  @Nullable WireFields value(int map, String key) {
    WireFields found = null;
    while (next()) {
      if (number == map) {
        WireFields entry = inner();
        boolean isIt = false;
        WireFields value = none();
        while (entry.next()) {
          if (entry.number() == KEY) {
            isIt = entry.is(key);
          } else {
            value = entry.inner();
          }
        }
        // Of several, the last one counts.
        found = isIt ? value : found;
      }
    }
    return found;
  }
}
