package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectionTest {
  private final Connection connection = new Connection(null);

  /** Every length around the eight bytes that are compared at once, and every place of it. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2})
  void isSame_oneByteDiffers_isSeenWhereverItIs(long seed) {
    var random = new SplittableRandom(seed);
    for (int length = 0; length < 70; length++) {
      byte[] one = new byte[length];
      random.nextBytes(one);
      assertTrue(connection.isSame(one, one.clone()));
      for (int i = 0; i < length; i++) {
        byte[] other = one.clone();
        other[i] ^= (byte) (1 << random.nextInt(8));
        assertFalse(connection.isSame(one, other), "byte " + i + " of " + length);
      }
      assertFalse(connection.isSame(one, Arrays.copyOf(one, length + 1)));
    }
  }

  @Test
  void isSame_noHeader_isTheCertificateAlone() {
    assertTrue(connection.isSame(null, null));
    assertFalse(connection.isSame(null, new byte[0]));
    assertFalse(connection.isSame(new byte[0], null));
  }
}
