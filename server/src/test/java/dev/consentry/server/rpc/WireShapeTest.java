package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ListValue;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WireShapeTest {
  private static final WireShape HEADER = WireShape.of(HeaderValue.getDescriptor());
  private static final WireShape ADDRESS = WireShape.of(SocketAddress.getDescriptor());
  private static final WireShape VALUE = WireShape.of(Value.getDescriptor());

  @ParameterizedTest
  @CsvSource({
    "''",
    "0a0161",
    "0a016112016a1a01ff",
    // A length in three bytes that could be one.
    "0a81800061",
  })
  void fits_plainHeader_true(String hex) {
    assertTrue(HEADER.fits(HexFormat.of().parseHex(hex)));
  }

  @ParameterizedTest
  @CsvSource({
    "12016a0a0161, not in order",
    "0a01610a0162, twice",
    "0a01e4, no ASCII",
    "08017a, another wire type",
    "220161, no such field",
    "00, no number",
    "0a, no length",
    "0a02, not there",
    "0a0261, too short",
    "0a8080800161, a length in four bytes",
    "0a80, a length that does not end",
    "8a010161, a tag in two bytes",
    "0b0c, a group",
    "0a016112, half a field",
  })
  void fits_otherHeader_false(String hex, String why) {
    assertFalse(HEADER.fits(HexFormat.of().parseHex(hex)), why);
  }

  @ParameterizedTest
  @CsvSource({
    // A port.
    "18ffffffffffffffffff01, true",
    "18ffffffffffffffffffff01, false",
    "18ff, false",
    // A port, and a port by its name.
    "185022026834, false",
    "22026834, true",
  })
  void fits_address_asItIs(String hex, boolean fits) {
    assertEquals(fits, ADDRESS.fits(HexFormat.of().parseHex(hex)));
  }

  @ParameterizedTest
  @CsvSource({"110000000000000000, true", "1100000000000000, false"})
  void fits_double_ifWhole(String hex, boolean fits) {
    assertEquals(fits, VALUE.fits(HexFormat.of().parseHex(hex)));
  }

  @Test
  void fits_depth_upToItsBound() {
    // A list in a value are two messages.
    assertTrue(VALUE.fits(nested(WireShape.DEPTH_MAX / 2)));
    assertFalse(VALUE.fits(nested(WireShape.DEPTH_MAX / 2 + 1)));
  }

  private static byte[] nested(int lists) {
    Value value = Value.getDefaultInstance();
    for (int i = 0; i < lists; i++) {
      value = Value.newBuilder().setListValue(ListValue.newBuilder().addValues(value)).build();
    }
    return value.toByteArray();
  }
}
