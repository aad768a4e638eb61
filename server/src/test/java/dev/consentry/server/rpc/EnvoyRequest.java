package dev.consentry.server.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request as Envoy 1.40 tells of it. Never changes: whatever is said makes another one. */
record EnvoyRequest(
    String method,
    String host,
    String path,
    List<Field> fields,
    Map<String, String> said,
    String principal,
    Map<String, Map<String, Map<String, Object>>> verified,
    boolean inBothShapes) {

  /** A header. */
  record Field(String name, String value) {}

  /** How Envoy sends headers. */
  enum Shape {
    /** In {@code headers}, what comes twice joined by commas: by default. */
    JOINED,
    /** In {@code header_map}, as raw values: with {@code encode_raw_headers}. */
    SEPARATE
  }

  /** Asked about at a door; null if Envoy names none. */
  static EnvoyRequest at(@Nullable String door, String method, String path) {
    Map<String, String> said = door == null ? Map.of() : Map.of("door", door);
    return new EnvoyRequest(
        method, "api.example.com", path, List.of(), said, "", Map.of(), false);
  }

  EnvoyRequest host(String other) {
    return new EnvoyRequest(
        method, other, path, fields, said, principal, verified, inBothShapes);
  }

  EnvoyRequest path(String other) {
    return new EnvoyRequest(method, host, other, fields, said, principal, verified, inBothShapes);
  }

  EnvoyRequest header(String name, String value) {
    var more = new ArrayList<>(fields);
    more.add(new Field(name, value));
    return new EnvoyRequest(
        method, host, path, more, said, principal, verified, inBothShapes);
  }

  EnvoyRequest bearer(String token) {
    return header("authorization", "Bearer " + token);
  }

  /** The gateway's own words. */
  EnvoyRequest said(String key, String value) {
    var more = new LinkedHashMap<>(said);
    more.put(key, value);
    return new EnvoyRequest(
        method, host, path, fields, more, principal, verified, inBothShapes);
  }

  EnvoyRequest principal(String other) {
    return new EnvoyRequest(method, host, path, fields, said, other, verified, inBothShapes);
  }

  /** A payload in dynamic metadata, under a filter's name. */
  EnvoyRequest verified(String filter, String payload, Map<String, Object> claims) {
    return new EnvoyRequest(
        method, host, path, fields, said, principal,
        Map.of(filter, Map.of(payload, claims)), inBothShapes);
  }

  /** With {@code headers} and {@code header_map} at once, which no Envoy sends. */
  EnvoyRequest bothShapes() {
    return new EnvoyRequest(method, host, path, fields, said, principal, verified, true);
  }

  /** The first header of that name; null if there is none. */
  @Nullable String first(String name) {
    return fields.stream()
        .filter(field -> field.name().equals(name))
        .map(Field::value)
        .findFirst()
        .orElse(null);
  }

  CheckRequest in(Shape shape) {
    var http =
        AttributeContext.HttpRequest.newBuilder()
            .setId("12345678901234567890")
            .setMethod(method)
            .setPath(path)
            .setHost(host)
            .setScheme("https")
            .setProtocol("HTTP/1.1");
    if (shape == Shape.JOINED || inBothShapes) {
      all().forEach(field -> http.putHeaders(field.name(), joined(field.name())));
    }
    if (shape == Shape.SEPARATE || inBothShapes) {
      var map = HeaderMap.newBuilder();
      all().forEach(field ->
          map.addHeaders(
              HeaderValue.newBuilder()
                  .setKey(field.name())
                  .setRawValue(
                      ByteString.copyFrom(field.value(), StandardCharsets.ISO_8859_1))));
      http.setHeaderMap(map);
    }
    var attributes =
        AttributeContext.newBuilder()
            .setSource(peer(51_234).setPrincipal(principal))
            .setDestination(peer(10_000))
            .setRequest(
                AttributeContext.Request.newBuilder()
                    .setTime(Timestamp.newBuilder().setSeconds(1_790_000_000))
                    .setHttp(http))
            .putAllContextExtensions(said);
    verified.forEach((filter, payloads) ->
        attributes.getMetadataContextBuilder().putFilterMetadata(filter, struct(payloads)));
    return CheckRequest.newBuilder().setAttributes(attributes).build();
  }

  private List<Field> all() {
    var all = new ArrayList<Field>();
    all.add(new Field(":authority", host));
    all.add(new Field(":method", method));
    all.add(new Field(":path", path));
    all.add(new Field(":scheme", "https"));
    all.add(new Field("user-agent", "curl/7.88.1, really"));
    all.add(new Field("x-request-id", "9a6e0d7e-4a4b-4f37-9d0c-3a4d7a1f1b11"));
    all.add(new Field("x-forwarded-proto", "https"));
    all.addAll(fields);
    return all;
  }

  private String joined(String name) {
    return String.join(
        ",", all().stream().filter(f -> f.name().equals(name)).map(Field::value).toList());
  }

  private static AttributeContext.Peer.Builder peer(int port) {
    return AttributeContext.Peer.newBuilder()
        .setAddress(
            Address.newBuilder()
                .setSocketAddress(
                    SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(port)));
  }

  private static Struct struct(Map<?, ?> members) {
    var struct = Struct.newBuilder();
    members.forEach((name, value) -> struct.putFields(String.valueOf(name), value(value)));
    return struct.build();
  }

  private static Value value(@Nullable Object any) {
    var value = Value.newBuilder();
    return switch (any) {
      case null -> value.setNullValue(NullValue.NULL_VALUE).build();
      case String text -> value.setStringValue(text).build();
      case Number number -> value.setNumberValue(number.doubleValue()).build();
      case Boolean truth -> value.setBoolValue(truth).build();
      case Map<?, ?> members -> value.setStructValue(struct(members)).build();
      case List<?> list -> {
        list.forEach(one -> value.getListValueBuilder().addValues(value(one)));
        yield value.build();
      }
      default -> throw new IllegalArgumentException(any.toString());
    };
  }
}
