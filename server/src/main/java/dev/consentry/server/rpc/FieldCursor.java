package dev.consentry.server.rpc;

/**
 * Walks over the fields of a message that are bytes: strings and messages. It takes them in their
 * shortest form and below 16 KiB only; the rest is left to protobuf.
 */
final class FieldCursor {
  private static final byte[] NOTHING = {};
  private static final int SHORT_LENGTH_MAX = 0x7F;
  private static final int LENGTH_MAX = 0x3FFF;

  private byte[] message = NOTHING;
  private int next;
  private int end;
  private int from;
  private int to;

  /** The message that stands from here to there. */
  void start(byte[] newMessage, int messageFrom, int messageTo) {
    message = newMessage;
    next = messageFrom;
    end = messageTo;
  }

  boolean atEnd() {
    return next == end;
  }

  /**
   * Moves over the next field, if it is this one.
   *
   * @param number 1 to 15
   */
  boolean take(int number) {
    int at = next;
    if (end - at < 2 || message[at] != tag(number)) {
      return false;
    }
    int length = message[at + 1];
    at += 2;
    if (length < 0) {
      if (at == end || message[at] <= 0) {
        return false;
      }
      length = (length & SHORT_LENGTH_MAX) | (message[at] << 7);
      at++;
    }
    if (length > end - at) {
      return false;
    }
    from = at;
    to = at + length;
    next = to;
    return true;
  }

  /** Where the content of the field that was taken begins. */
  int from() {
    return from;
  }

  /** Where it ends. */
  int to() {
    return to;
  }

  private static byte tag(int number) {
    return (byte) ((number << 3) | 2);
  }

  /** What a field of that many bytes takes, with its tag and length. */
  static int size(int length) {
    return length + (length <= SHORT_LENGTH_MAX ? 2 : 3);
  }

  /**
   * Writes the tag and the length of a field.
   *
   * @param length at most 16,383
   * @return where its content begins
   */
  static int writeHead(byte[] out, int at, int number, int length) {
    if (length > LENGTH_MAX) {
      throw new IllegalArgumentException("a field of " + length + " bytes");
    }
    out[at] = tag(number);
    if (length <= SHORT_LENGTH_MAX) {
      out[at + 1] = (byte) length;
      return at + 2;
    }
    out[at + 1] = (byte) (length | ~SHORT_LENGTH_MAX);
    out[at + 2] = (byte) (length >>> 7);
    return at + 3;
  }

  /**
   * Writes a field whole.
   *
   * @return where the next may begin
   */
  static int write(byte[] out, int at, int number, byte[] text, int textFrom, int textTo) {
    int length = textTo - textFrom;
    int start = writeHead(out, at, number, length);
    System.arraycopy(text, textFrom, out, start, length);
    return start + length;
  }
}
