package dev.consentry.server.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A field of a request that holds a string, at any depth.
 *
 * @param path from the request to the string
 */
record StringField(Descriptor request, List<FieldDescriptor> path) {
  /** What stands in the other fields, so that the request is a good one but for this field. */
  private static final Map<String, Object> GOOD =
      Map.of(
          "account_id", "acme",
          "app_id", "app",
          "scopes", "read",
          "name", "read",
          "display_name", "The app",
          "manifest_version", 1,
          "correlation_id", "1");

  /** All that a request has. */
  static List<StringField> of(Descriptor request) {
    var found = new ArrayList<StringField>();
    collect(request, request, List.of(), found);
    return found;
  }

  private static void collect(
      Descriptor request, Descriptor at, List<FieldDescriptor> path, List<StringField> found) {
    for (FieldDescriptor field : at.getFields()) {
      var longer = new ArrayList<>(path);
      longer.add(field);
      switch (field.getJavaType()) {
        case STRING -> found.add(new StringField(request, List.copyOf(longer)));
        case MESSAGE -> collect(request, field.getMessageType(), longer, found);
        default -> {}
      }
    }
  }

  /** The last field's name. */
  String name() {
    return path.getLast().getName();
  }

  /** A good request, serialized, in which this field holds these bytes, UTF-8 or not. */
  byte[] with(ByteString text) {
    return with(good(request), 0, text);
  }

  private byte[] with(Message message, int depth, ByteString text) {
    FieldDescriptor field = path.get(depth);
    byte[] content =
        depth == path.size() - 1
            ? text.toByteArray()
            : with(inner(message, field), depth + 1, text);
    var bytes = new ByteArrayOutputStream();
    var out = CodedOutputStream.newInstance(bytes);
    try {
      message.toBuilder().clearField(field).build().writeTo(out);
      out.writeTag(field.getNumber(), WireFormat.WIRETYPE_LENGTH_DELIMITED);
      out.writeByteArrayNoTag(content);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static Message inner(Message message, FieldDescriptor field) {
    return field.isRepeated() && message.getRepeatedFieldCount(field) > 0
        ? (Message) message.getRepeatedField(field, 0)
        : field.isRepeated() ? good(field.getMessageType()) : (Message) message.getField(field);
  }

  private static Message good(Descriptor type) {
    var message = DynamicMessage.newBuilder(type);
    for (FieldDescriptor field : type.getFields()) {
      Object value = GOOD.get(field.getName());
      boolean nested =
          field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
              && field.getFile().getPackage().equals("consentry.v1")
              && field.getMessageType().getFile().getPackage().equals("consentry.v1")
              && !field.getMessageType().getName().equals("Consistency");
      Object held = nested ? good(field.getMessageType()) : value;
      if (held == null) {
        continue;
      }
      if (field.isRepeated()) {
        message.addRepeatedField(field, held);
      } else {
        message.setField(field, held);
      }
    }
    return message.build();
  }

  @Override
  public String toString() {
    return request.getName()
        + "."
        + path.stream().map(FieldDescriptor::getName).collect(Collectors.joining("."));
  }
}
