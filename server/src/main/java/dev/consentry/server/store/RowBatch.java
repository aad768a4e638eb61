package dev.consentry.server.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.InsertOnDuplicateStep;
import org.jooq.InsertValuesStepN;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Rows of one table that are written together. */
final class RowBatch {
  private final Table<Record> table;
  private final boolean replaces;
  private final List<Map<Field<?>, @Nullable Object>> rows = new ArrayList<>();

  private RowBatch(Table<Record> table, boolean replaces) {
    this.table = table;
    this.replaces = replaces;
  }

  /** Rows that there are not yet. */
  static RowBatch ofNew(Table<Record> table) {
    return new RowBatch(table, false);
  }

  /** Rows that are new or take the place of those with their primary keys. */
  static RowBatch ofCurrent(Table<Record> table) {
    return new RowBatch(table, true);
  }

  /** One more row, to be filled before the batch is written; a column not set is null. */
  Map<Field<?>, @Nullable Object> add() {
    var row = new HashMap<Field<?>, @Nullable Object>();
    rows.add(row);
    return row;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void clear() {
    rows.clear();
  }

  /** Writes them by one statement for one row, executed for all of them. */
  void execute(DSLContext sql) {
    Object[] nulls = new Object[table.fields().length];
    Query statement = complete(insertion().values(nulls));
    sql.batch(statement, rows.stream().map(this::values).toArray(Object[][]::new)).execute();
  }

  /** One statement that writes them all, for {@link #bind}. */
  String statement() {
    Field<?>[] fields = table.fields();
    String columns = names(Arrays.stream(fields));
    String row = Arrays.stream(fields).map(_ -> "?").collect(Collectors.joining(", ", "(", ")"));
    String insertion =
        "INSERT INTO %s (%s) VALUES ".formatted(table.getName(), columns)
            + String.join(", ", Collections.nCopies(rows.size(), row));
    if (!replaces) {
      return insertion;
    }
    var key = key();
    String changes =
        Arrays.stream(fields)
            .filter(field -> !key.contains(field))
            .map(field -> field.getName() + " = excluded." + field.getName())
            .collect(Collectors.joining(", "));
    return "%s ON CONFLICT (%s) DO UPDATE SET %s"
        .formatted(insertion, names(key.stream()), changes);
  }

  /** Binds the values of that statement, the first one here; at which the next one goes. */
  int bind(PreparedStatement statement, int first) throws SQLException {
    int place = first;
    for (Map<Field<?>, @Nullable Object> row : rows) {
      for (Field<?> field : table.fields()) {
        Parameters.set(statement, place++, row.get(field));
      }
    }
    return place;
  }

  private static String names(Stream<? extends Field<?>> fields) {
    return fields.map(Field::getName).collect(Collectors.joining(", "));
  }

  private List<? extends Field<?>> key() {
    return Objects.requireNonNull(table.getPrimaryKey()).getFields();
  }

  private InsertValuesStepN<Record> insertion() {
    return DSL.insertInto(table).columns(table.fields());
  }

  private Query complete(InsertOnDuplicateStep<Record> insertion) {
    if (!replaces) {
      return insertion;
    }
    List<? extends Field<?>> key = key();
    var values = new HashMap<Field<?>, Field<?>>();
    for (Field<?> field : table.fields()) {
      if (!key.contains(field)) {
        values.put(field, DSL.excluded(field));
      }
    }
    return insertion.onConflict(key).doUpdate().set(values);
  }

  private @Nullable Object[] values(Map<Field<?>, @Nullable Object> row) {
    return Arrays.stream(table.fields()).map(row::get).toArray();
  }
}
