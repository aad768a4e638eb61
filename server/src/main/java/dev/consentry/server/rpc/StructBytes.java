package dev.consentry.server.rpc;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON in {@code google.protobuf.Struct}, out of the bytes that travel. Every number is a double.
 */
final class StructBytes {
  private StructBytes() {}

  /** A member that is an object; null if there is none, or if it is something else. */
  static @Nullable Map<String, ?> object(WireFields struct, String name) {
    WireFields value = struct.value(Struct.FIELDS_FIELD_NUMBER, name);
    return value != null && value.next() && value.number() == Value.STRUCT_VALUE_FIELD_NUMBER
        ? object(value.inner())
        : null;
  }

  private static Map<String, @Nullable Object> object(WireFields struct) {
    var object = new HashMap<String, @Nullable Object>();
    while (struct.next()) {
      WireFields entry = struct.inner();
      String name = "";
      Object value = null;
      while (entry.next()) {
        if (entry.number() == WireFields.KEY) {
          name = entry.text();
        } else {
          value = any(entry.inner());
        }
      }
      object.put(name, value);
    }
    return object;
  }

  private static @Nullable Object any(WireFields value) {
    if (!value.next()) {
      return null;
    }
    return switch (value.number()) {
      case Value.STRING_VALUE_FIELD_NUMBER -> value.text();
      case Value.NUMBER_VALUE_FIELD_NUMBER -> value.number64();
      case Value.BOOL_VALUE_FIELD_NUMBER -> !value.isZero();
      case Value.LIST_VALUE_FIELD_NUMBER -> list(value.inner());
      case Value.STRUCT_VALUE_FIELD_NUMBER -> object(value.inner());
      default -> null;
    };
  }

  private static List<@Nullable Object> list(WireFields values) {
    var list = new ArrayList<@Nullable Object>();
    while (values.next()) {
      if (values.number() == ListValue.VALUES_FIELD_NUMBER) {
        list.add(any(values.inner()));
      }
    }
    return list;
  }
}
