package dev.consentry.server.rpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.util.HashMap;
import java.util.Map;

/**
 * The plain form of the messages of one type, by which bytes are known to be such a message without
 * a parser: each field in the order of numbers, of those that the type has, with the wire type that
 * it has there; what is not repeated once, of a oneof one; texts in ASCII; fields and depth within
 * bounds. Whatever has it, protobuf takes too. Serializers write no other, but for texts and fields
 * of later versions.
 */
final class WireShape {
  static final int DEPTH_MAX = 32;

  /** What a tag of one byte can name. */
  private static final int NUMBERS = 16;

  /** Lengths in up to three bytes. */
  private static final int LENGTH_BYTES_MAX = 3;

  private static final int VARINT_BYTES_MAX = 10;

  /** For each number the tag; 0 if there is no such field. */
  private final byte[] tags = new byte[NUMBERS];

  /** Which numbers may come again, as bits. */
  private int repeated;

  /** Which numbers are texts, as bits. */
  private int texts;

  /** For each number, the bits of those that are of one oneof with it. */
  private final int[] oneofs = new int[NUMBERS];

  /** For each number what stands in it; {@link #NO_MESSAGE} if it is none. */
  private final WireShape[] messages = new WireShape[NUMBERS];

  private static final WireShape NO_MESSAGE = new WireShape();

  private WireShape() {}

  /** Of a type. A field with a larger number than 15 makes no plain form. */
  static WireShape of(Descriptor type) {
    return of(type, new HashMap<>());
  }

  private static WireShape of(Descriptor type, Map<Descriptor, WireShape> known) {
    WireShape same = known.get(type);
    if (same != null) {
      return same;
    }
    var shape = new WireShape();
    known.put(type, shape);
    for (FieldDescriptor field : type.getFields()) {
      if (field.getNumber() < NUMBERS && !field.isPackable()) {
        shape.add(field, known);
      }
    }
    return shape;
  }

  private void add(FieldDescriptor field, Map<Descriptor, WireShape> known) {
    int number = field.getNumber();
    int bit = 1 << number;
    tags[number] = (byte) (number << 3 | field.getLiteType().getWireType());
    repeated |= field.isRepeated() ? bit : 0;
    texts |= field.getType() == FieldDescriptor.Type.STRING ? bit : 0;
    messages[number] =
        field.getType() == FieldDescriptor.Type.MESSAGE
            ? of(field.getMessageType(), known)
            : NO_MESSAGE;
    if (field.getContainingOneof() != null) {
      for (FieldDescriptor other : field.getContainingOneof().getFields()) {
        oneofs[number] |= other.getNumber() < NUMBERS ? 1 << other.getNumber() : 0;
      }
    }
  }

  /** Whether these bytes are such a message. */
  boolean fits(byte[] message) {
    return fits(message, 0, message.length, 0);
  }

  private boolean fits(byte[] message, int from, int to, int depth) {
    int at = from;
    int last = 0;
    int seen = 0;
    while (at < to) {
      int tag = message[at++];
      int number = tag >>> 3;
      // Two bytes of a tag make the first one negative.
      if (tag <= 0 || tags[number] != tag || number < last) {
        return false;
      }
      int bit = 1 << number;
      if ((number == last && (repeated & bit) == 0) || (seen & oneofs[number]) != 0) {
        return false;
      }
      last = number;
      seen |= bit;
      switch (tag & 7) {
        case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
          int start = afterVarint(message, at, Math.min(to, at + LENGTH_BYTES_MAX));
          if (start < 0) {
            return false;
          }
          int end = start + varint(message, at, start);
          if (end > to || !contentFits(message, start, end, number, depth)) {
            return false;
          }
          at = end;
        }
        case WireFormat.WIRETYPE_VARINT -> {
          at = afterVarint(message, at, Math.min(to, at + VARINT_BYTES_MAX));
          if (at < 0) {
            return false;
          }
        }
        case WireFormat.WIRETYPE_FIXED64 -> at += Long.BYTES;
        case WireFormat.WIRETYPE_FIXED32 -> at += Integer.BYTES;
        default -> {
          return false;
        }
      }
    }
    return at == to;
  }

  private boolean contentFits(byte[] message, int from, int to, int number, int depth) {
    if ((texts & 1 << number) != 0) {
      return isAscii(message, from, to);
    }
    WireShape inner = messages[number];
    return inner == NO_MESSAGE || (depth < DEPTH_MAX && inner.fits(message, from, to, depth + 1));
  }

  /** Where it ends; -1 if it does not end before that. */
  private static int afterVarint(byte[] message, int from, int limit) {
    for (int at = from; at < limit; at++) {
      if (message[at] >= 0) {
        return at + 1;
      }
    }
    return -1;
  }

  /** The number that stands from here to there, in at most {@link #LENGTH_BYTES_MAX} bytes. */
  static int varint(byte[] message, int from, int to) {
    int value = 0;
    for (int at = to - 1; at >= from; at--) {
      value = value << 7 | (message[at] & 0x7F);
    }
    return value;
  }

  private static boolean isAscii(byte[] text, int from, int to) {
    int all = 0;
    for (int i = from; i < to; i++) {
      all |= text[i];
    }
    return all >= 0;
  }
}
