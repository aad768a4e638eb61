package dev.consentry.server.store;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jooq.Record;
import org.jooq.ResultQuery;

/**
 * Rows that are looked up by their keys: apart from being sent, so that several can be sent at
 * once.
 *
 * @param query finds those that there are; two of its columns have one name only if they have one
 *     value, as columns are found by their names
 */
record LookUp<K, V>(
    ResultQuery<? extends Record> query, Function<Record, K> key, Function<Record, V> value) {

  Map<K, V> read(List<? extends Record> rows) {
    var found = new HashMap<K, V>();
    rows.forEach(row -> found.put(key.apply(row), value.apply(row)));
    return found;
  }

  Map<K, V> fetch() {
    return read(query.fetch());
  }
}
