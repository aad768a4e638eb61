package dev.consentry.server.store;

import dev.consentry.server.consent.ConsentReads.Page;
import dev.consentry.server.consent.ConsentReads.PageLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads a page in chunks, so that the largest rows cannot fill the memory. */
final class Paging {
  static final int ROWS_PER_CHUNK_MAX = 100;

  private Paging() {}

  /** Reads up to {@code rows} rows after the one with the key {@code after}, in order. */
  interface Chunk<K, T> {
    List<T> read(@Nullable K after, int rows);
  }

  static <K, T> Page<T> page(
      PageLimit<T> limit, @Nullable K after, Chunk<K, T> chunk, Function<T, K> key) {
    var page = new ArrayList<T>();
    K last = after;
    long bytes = 0;
    while (true) {
      // One more than fits tells whether rows follow.
      int wanted = Math.min(ROWS_PER_CHUNK_MAX, limit.rows() - page.size() + 1);
      List<T> rows = chunk.read(last, wanted);
      for (T row : rows) {
        bytes += limit.size().applyAsLong(row);
        if (page.size() == limit.rows() || (bytes > limit.bytes() && !page.isEmpty())) {
          return new Page<>(List.copyOf(page), true);
        }
        page.add(row);
        last = key.apply(row);
      }
      if (rows.size() < wanted) {
        return new Page<>(List.copyOf(page), false);
      }
    }
  }
}
