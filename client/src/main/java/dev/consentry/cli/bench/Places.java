package dev.consentry.cli.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * The questions in flight on a stream. A place's number is the {@code correlation_id}; a place that
 * was left is taken again. Guarded by its owner.
 */
final class Places {
  private static final int FIRST = 64;

  private final List<String> names = new ArrayList<>();
  private long[] dueNanos = new long[FIRST];
  private boolean[] taken = new boolean[FIRST];
  private int[] free = new int[FIRST];
  private int freeCount;

  /** Takes a place for a question; the answer is its name. */
  String take(long due) {
    if (freeCount == 0) {
      add();
    }
    int place = free[--freeCount];
    taken[place] = true;
    dueNanos[place] = due;
    return names.get(place);
  }

  /** Leaves a place: since when its question is due, or nothing if it was not taken. */
  OptionalLong free(String name) {
    int place = number(name);
    if (place < 0 || place >= names.size() || !taken[place]) {
      return OptionalLong.empty();
    }
    taken[place] = false;
    free[freeCount++] = place;
    return OptionalLong.of(dueNanos[place]);
  }

  /** Leaves all places: since when their questions are due. */
  long[] freeAll() {
    long[] due = new long[names.size() - freeCount];
    int count = 0;
    for (int place = 0; place < names.size(); place++) {
      if (taken[place]) {
        taken[place] = false;
        free[freeCount++] = place;
        due[count++] = dueNanos[place];
      }
    }
    return due;
  }

  private void add() {
    int place = names.size();
    if (place == dueNanos.length) {
      dueNanos = Arrays.copyOf(dueNanos, 2 * place);
      taken = Arrays.copyOf(taken, 2 * place);
      free = Arrays.copyOf(free, 2 * place);
    }
    names.add(Integer.toString(place));
    free[freeCount++] = place;
  }

  /** Reads what {@link #take} wrote; -1 for anything else. */
  private static int number(String name) {
    int number = 0;
    for (int i = 0; i < name.length(); i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9 || number > Pace.IN_FLIGHT_MAX) {
        return -1;
      }
      number = 10 * number + digit;
    }
    return name.isEmpty() ? -1 : number;
  }
}
