package dev.consentry.server.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Hashes two ids together, from a secret of this process. Ids are chosen by callers: under a hash
 * that they can work out, 16,384 ids that collide take seconds to insert.
 *
 * <p>Eight bytes at a time are multiplied by a secret number, and the upper half of the product is
 * folded onto the lower: each bit of an id reaches every bit of the hash, in a way nobody outside
 * can compute.
 */
final class KeyHash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long start;
  private final long multiplier;

  KeyHash(long seed) {
    var random = new SplittableRandom(seed);
    start = random.nextLong();
    multiplier = random.nextLong() | 1;
  }

  /** The two ids stand from here to there in a text each. */
  int of(byte[] account, int accountFrom, int accountTo, byte[] app, int appFrom, int appTo) {
    long state = mix(start, account, accountFrom, accountTo);
    state = mix(state, app, appFrom, appTo);
    return (int) (state ^ state >>> 32);
  }

  /** The length goes in first, so that no two pairs of ids run together. */
  private long mix(long before, byte[] text, int from, int to) {
    long state = fold(before ^ (to - from));
    int at = from;
    for (; to - at > Long.BYTES; at += Long.BYTES) {
      state = fold(state ^ (long) LONGS.get(text, at));
    }
    return fold(state ^ last(text, from, at, to));
  }

  /** The one to eight bytes that are left; with some of those before them, where there are any. */
  private static long last(byte[] text, int from, int at, int to) {
    if (to - from >= Long.BYTES) {
      return (long) LONGS.get(text, to - Long.BYTES);
    }
    long rest = 0;
    for (int i = at; i < to; i++) {
      rest = rest << Byte.SIZE | text[i];
    }
    return rest;
  }

  private long fold(long value) {
    return value * multiplier ^ Math.unsignedMultiplyHigh(value, multiplier);
  }
}
