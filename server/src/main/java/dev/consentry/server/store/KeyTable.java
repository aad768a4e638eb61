package dev.consentry.server.store;

import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.Field;
import org.jooq.QueryPart;
import org.jooq.Table;
import org.jooq.impl.DSL;

/**
 * Keys as a table to join with: one statement for any number of them, in which each is looked up by
 * all of its columns. In a list of rows PostgreSQL may take what they have in common, as the app,
 * for the one column to look for.
 */
final class KeyTable {
  private static final String NAME = "k";

  private KeyTable() {}

  /** One row for each of the keys. */
  static <K> Table<?> of(Collection<K> keys, List<Function<K, String>> columns) {
    String places =
        IntStream.range(0, columns.size())
            .mapToObj("CAST({%d} AS VARCHAR(2048) ARRAY)"::formatted)
            .collect(Collectors.joining(", "));
    QueryPart[] values =
        columns.stream()
            .map(column -> DSL.val(keys.stream().map(column).toArray(String[]::new)))
            .toArray(QueryPart[]::new);
    String[] names =
        IntStream.range(0, columns.size()).mapToObj(KeyTable::name).toArray(String[]::new);
    return DSL.table("UNNEST(" + places + ")", values).as(NAME, names);
  }

  /** One of its columns, the first being 0. */
  static Field<String> column(int number) {
    return DSL.field(DSL.name(NAME, name(number)), String.class);
  }

  private static String name(int number) {
    return "c" + number;
  }
}
