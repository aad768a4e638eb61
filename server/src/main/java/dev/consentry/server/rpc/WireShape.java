package dev.consentry.server.rpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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

  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** What no ASCII character has, in eight bytes. */
  private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

  /* What is known of a field, beside its tag, which is below 128. */
  private static final int NO_FIELD = 0;
  private static final int TAG = 0x7F;
  private static final int REPEATED = 0x100;
  private static final int TEXT = 0x200;
  private static final int MESSAGE = 0x400;
  private static final int ONEOF = 0x800;

  /** For each number. */
  private final int[] fields = new int[NUMBERS];

  /** For each number, the bits of those that are of one oneof with it. */
  private final int[] oneofs = new int[NUMBERS];

  /** For each number what stands in it, if it is a message. */
  private final WireShape[] messages = new WireShape[NUMBERS];

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

  private void add(FieldDescriptor field, Map<Descriptor, WireShape> shapes) {
    int number = field.getNumber();
    int known = number << 3 | field.getLiteType().getWireType();
    known |= field.isRepeated() ? REPEATED : 0;
    known |= field.getType() == FieldDescriptor.Type.STRING ? TEXT : 0;
    if (field.getType() == FieldDescriptor.Type.MESSAGE) {
      known |= MESSAGE;
      messages[number] = of(field.getMessageType(), shapes);
    }
    if (field.getContainingOneof() != null) {
      known |= ONEOF;
      for (FieldDescriptor other : field.getContainingOneof().getFields()) {
        oneofs[number] |= other.getNumber() < NUMBERS ? 1 << other.getNumber() : 0;
      }
    }
    fields[number] = known;
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
      int field = tag <= 0 ? NO_FIELD : fields[number];
      boolean again = number == last && (field & REPEATED) == 0;
      if (field == NO_FIELD || (field & TAG) != tag || number < last || again) {
        return false;
      }
      last = number;
      if ((field & ONEOF) != 0) {
        if ((seen & oneofs[number]) != 0) {
          return false;
        }
        seen |= 1 << number;
      }
      int wireType = tag & 7;
      if (wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED && at < to) {
        int length = message[at++];
        if (length < 0) {
          int end = afterVarint(message, at, Math.min(to, at + LENGTH_BYTES_MAX - 1));
          length = end < 0 ? Integer.MAX_VALUE : varint(message, at - 1, end);
          at = end;
        }
        if (length > to - at || !contentFits(message, at, at + length, field, depth)) {
          return false;
        }
        at += length;
      } else if (wireType == WireFormat.WIRETYPE_VARINT) {
        at = afterVarint(message, at, Math.min(to, at + VARINT_BYTES_MAX));
        if (at < 0) {
          return false;
        }
      } else if (wireType == WireFormat.WIRETYPE_FIXED64) {
        at += Long.BYTES;
      } else {
        // Of fixed length too, or a length that is missing.
        at += Integer.BYTES;
      }
    }
    return at == to;
  }

  private boolean contentFits(byte[] message, int from, int to, int field, int depth) {
    if ((field & TEXT) != 0) {
      return isAscii(message, from, to);
    }
    return (field & MESSAGE) == 0
        || (depth < DEPTH_MAX && messages[(field & TAG) >>> 3].fits(message, from, to, depth + 1));
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
    int at = from;
    long all = 0;
    for (; at <= to - Long.BYTES; at += Long.BYTES) {
      all |= (long) EIGHT_BYTES.get(text, at);
    }
    for (; at < to; at++) {
      all |= text[at];
    }
    return (all & NOT_ASCII) == 0;
  }
}
