package dev.consentry.server.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.InsertOnDuplicateStep;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Rows of one table that are written together: one statement, sent once for all of them. */
final class RowBatch {
  private final Table<Record> table;
  private final List<Map<Field<?>, @Nullable Object>> rows = new ArrayList<>();

  RowBatch(Table<Record> table) {
    this.table = table;
  }

  /** One more row, to be filled before the batch is written; a column not set is null. */
  Map<Field<?>, @Nullable Object> add() {
    var row = new HashMap<Field<?>, @Nullable Object>();
    rows.add(row);
    return row;
  }

  /** Writes new rows and forgets them; whether there were any. */
  boolean insert(DSLContext sql) {
    return write(sql, insertion());
  }

  /** Writes rows, new or in the place of those with their primary keys; whether there were any. */
  boolean upsert(DSLContext sql) {
    List<? extends Field<?>> key = Objects.requireNonNull(table.getPrimaryKey()).getFields();
    var values = new HashMap<Field<?>, Field<?>>();
    for (Field<?> field : table.fields()) {
      if (!key.contains(field)) {
        values.put(field, DSL.excluded(field));
      }
    }
    return write(sql, insertion().onConflict(key).doUpdate().set(values));
  }

  private InsertOnDuplicateStep<Record> insertion() {
    return DSL.insertInto(table)
        .columns(table.fields())
        .values(Arrays.stream(table.fields()).map(f -> DSL.val(null, f)).toArray(Field<?>[]::new));
  }

  private boolean write(DSLContext sql, Query statement) {
    if (rows.isEmpty()) {
      return false;
    }
    sql.batch(statement, rows.stream().map(this::values).toArray(Object[][]::new)).execute();
    rows.clear();
    return true;
  }

  private @Nullable Object[] values(Map<Field<?>, @Nullable Object> row) {
    return Arrays.stream(table.fields()).map(row::get).toArray();
  }
}
