package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnknownFieldSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FieldCursorTest {
  private final FieldCursor fields = new FieldCursor();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 300, 16_383})
  void writeAndTake_everyLengthThatItTakes_isAsProtobufWritesIt(int length) {
    byte[] content = new byte[length];
    byte[] expected = protobuf(3, content);
    byte[] written = new byte[FieldCursor.size(length)];
    assertEquals(written.length, FieldCursor.write(written, 0, 3, content, 0, length));
    assertArrayEquals(expected, written);
    assertEquals(CodedOutputStream.computeByteArraySize(3, content), written.length);
    fields.start(expected, 0, expected.length);
    assertTrue(fields.take(3));
    assertEquals(length, fields.to() - fields.from());
    assertTrue(fields.atEnd());
  }

  @Test
  void writeAndTake_oneByteMoreThanItTakes_areRefused() {
    byte[] content = new byte[16_384];
    assertFalse(takes(3, protobuf(3, content)));
    assertThrows(
        IllegalArgumentException.class,
        () -> FieldCursor.write(new byte[20_000], 0, 3, content, 0, content.length));
  }

  @Test
  void take_anotherFieldOrType_isRefusedAndNothingMoves() {
    byte[] message = protobuf(2, new byte[] {7});
    fields.start(message, 0, message.length);
    assertFalse(fields.take(3));
    assertTrue(fields.take(2));
    assertFalse(fields.take(2));
    assertFalse(takes(2, new byte[] {2 << 3, 1}));
  }

  @Test
  void take_cutOrOverlongOrNotInItsShortestForm_isRefused() {
    assertFalse(takes(1, new byte[] {}));
    assertFalse(takes(1, new byte[] {0x0A}));
    assertFalse(takes(1, new byte[] {0x0A, 1}));
    assertFalse(takes(1, new byte[] {0x0A, (byte) 0x80}));
    assertFalse(takes(1, new byte[] {0x0A, (byte) 0x81, 0, 7}));
    assertFalse(takes(1, new byte[] {0x0A, (byte) 0x81, (byte) 0x80, 0, 7}));
    assertTrue(takes(1, new byte[] {0x0A, 1, 7}));
  }

  private boolean takes(int number, byte[] message) {
    fields.start(message, 0, message.length);
    return fields.take(number);
  }

  private static byte[] protobuf(int number, byte[] content) {
    return UnknownFieldSet.newBuilder()
        .addField(
            number,
            UnknownFieldSet.Field.newBuilder()
                .addLengthDelimited(ByteString.copyFrom(content))
                .build())
        .build()
        .toByteArray();
  }
}
