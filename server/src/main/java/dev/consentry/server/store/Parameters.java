package dev.consentry.server.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Binds values of our columns past jOOQ. */
final class Parameters {
  private Parameters() {}

  /**
   * Binds one value; the database knows the type of a null.
   *
   * @param place of the parameter; the first one is 1
   */
  static void set(PreparedStatement statement, int place, @Nullable Object value)
      throws SQLException {
    if (value instanceof String[] texts) {
      statement.setArray(place, statement.getConnection().createArrayOf("varchar", texts));
    } else if (value instanceof Instant instant) {
      statement.setObject(place, instant.atOffset(ZoneOffset.UTC));
    } else {
      statement.setObject(place, value);
    }
  }
}
