package dev.consentry.server.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.HttpRequest;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.Peer;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.util.Arrays;
import java.util.SplittableRandom;

/** What Envoy might ask, and what it should not, at random; in the bytes that travel. */
final class RandomGatewayRequests {
  static final int ACCOUNTS = 4;
  private static final int CALM = 12;
  static final long NOW_SECONDS = 1_800_000_000L;

  private final SplittableRandom random;
  private boolean lastWasPlain;

  /** Whom it is about, but for odd places. */
  private int account;

  /** How much rarer what is odd is in this one. */
  private int calm = 1;

  RandomGatewayRequests(SplittableRandom random) {
    this.random = random;
  }

  /** Whether the last one had the plain form beyond doubt. */
  boolean lastWasPlain() {
    return lastWasPlain;
  }

  /** A request, or something like one. */
  byte[] next() {
    CheckRequest.Builder request = plain().toBuilder();
    boolean otherLetters = random.nextInt(20) == 0;
    if (otherLetters) {
      withOtherLetters(request.getAttributesBuilder());
    }
    byte[] bytes = request.build().toByteArray();
    byte[] spoiled = spoiled(bytes);
    lastWasPlain = spoiled == bytes && !otherLetters;
    return spoiled;
  }

  private byte[] spoiled(byte[] bytes) {
    return switch (random.nextInt(12)) {
      case 0 -> flipped(bytes);
      case 1 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      case 2 -> joined(bytes, plain().toByteArray());
      case 3 -> inserted(bytes);
      case 4 -> joined(bytes, new byte[] {(byte) random.nextInt(128), (byte) random.nextInt(4), 1});
      case 5 -> bytes.length > 4 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
      default -> bytes;
    };
  }

  private void withOtherLetters(AttributeContext.Builder attributes) {
    switch (random.nextInt(4)) {
      case 0 -> attributes.getSourceBuilder().setPrincipal("spiffe://example.com/ä/\u212A");
      case 1 -> attributes.putContextExtensions("döor", "jwt");
      case 2 -> attributes.getRequestBuilder().getHttpBuilder().putHeaders("\u212A", "\u017F");
      default -> attributes.getRequestBuilder().getHttpBuilder().setPath("/stätus");
    }
  }

  private byte[] flipped(byte[] bytes) {
    byte[] flipped = bytes.clone();
    for (int i = random.nextInt(3); i >= 0 && flipped.length > 0; i--) {
      flipped[random.nextInt(flipped.length)] = (byte) random.nextInt(256);
    }
    return flipped;
  }

  private byte[] inserted(byte[] bytes) {
    int at = random.nextInt(bytes.length + 1);
    byte[] inserted = new byte[bytes.length + 1];
    System.arraycopy(bytes, 0, inserted, 0, at);
    inserted[at] = (byte) random.nextInt(256);
    System.arraycopy(bytes, at, inserted, at + 1, bytes.length - at);
    return inserted;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  /** A request as Envoy would serialize it, whatever is in it. */
  CheckRequest plain() {
    account = random.nextInt(8) == 0 ? ACCOUNTS + 1 : 0;
    calm = random.nextInt(3) == 0 ? 1 : CALM;
    var attributes = AttributeContext.newBuilder();
    if (!chance(20)) {
      attributes.setSource(source()).setDestination(Peer.getDefaultInstance());
    }
    if (!chance(30)) {
      attributes.setRequest(
          AttributeContext.Request.newBuilder()
              .setTime(
                  Timestamp.newBuilder().setSeconds(NOW_SECONDS).setNanos(random.nextInt(1_000)))
              .setHttp(http()));
    }
    String door = any("jwt", "jwt", "fixed", "mesh", "heads", one("jwt", "edge", ""));
    if (!chance(30)) {
      attributes.putContextExtensions("door", door);
    }
    if (door.equals("fixed") || chance(20)) {
      attributes
          .putContextExtensions("app", app())
          .putContextExtensions("account", account())
          .putContextExtensions(
              "scopes", one("orders.read", "orders.read profile.read", "a  b", ""));
    }
    if (!chance(8)) {
      attributes.setMetadataContext(metadata());
    }
    return CheckRequest.newBuilder()
        .setAttributes(attributes.setRouteMetadataContext(Metadata.getDefaultInstance()))
        .build();
  }

  private Peer source() {
    var source =
        Peer.newBuilder()
            .setAddress(
                Address.newBuilder()
                    .setSocketAddress(
                        SocketAddress.newBuilder().setAddress("203.0.113.9").setPortValue(51_234)));
    if (random.nextBoolean()) {
      source.setPrincipal(
          one(
              "spiffe://example.com/%s/%s".formatted(account(), app()),
              "CN=app",
              "spiffe://other/"));
    }
    return source.build();
  }

  private HttpRequest.Builder http() {
    var http =
        HttpRequest.newBuilder()
            .setId("126504")
            .setMethod(one("GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "get", ""))
            .setHost(one("api.example.com", "API.example.com.:443", "other.example", "a b", ""))
            .setPath(path())
            .setSize(random.nextInt(-1, 300))
            .setProtocol("HTTP/1.1");
    boolean separate = random.nextBoolean();
    boolean both = chance(20);
    int count = random.nextInt(calm == 1 ? 18 : 4);
    header(http, "x-app", app(), separate);
    header(http, "x-account", account(), separate);
    if (chance(100)) {
      count += 40;
    }
    for (int i = 0; i < count; i++) {
      String name =
          any(
              "accept",
              "user-agent",
              "x-app",
              "x-account",
              "X-App",
              "x_account",
              "origin",
              "via",
              "access-control-request-method",
              "authorization",
              "cookie",
              "",
              chance(8) ? any("x-http-method", "X_HTTP_Method", "x.original-url") : "te");
      String value =
          switch (name) {
            case "x-app", "X-App" -> chance(8) ? "a,b" : app();
            case "x-account" -> account();
            default -> one("", "a", "a, b", "GET", "v".repeat(random.nextInt(300)));
          };
      header(http, name, value, both ? random.nextBoolean() : separate);
    }
    return http;
  }

  private void header(HttpRequest.Builder http, String name, String value, boolean separate) {
    if (!separate) {
      http.putHeaders(name, value);
      return;
    }
    var header = HeaderValue.newBuilder().setKey(name);
    if (random.nextInt(4) == 0) {
      header.setValue(value);
    }
    if (header.getValue().isEmpty() && !chance(4)) {
      header.setRawValue(chance(8) ? ByteString.fromHex("e4ff41") : ByteString.copyFromUtf8(value));
    }
    http.getHeaderMapBuilder().addHeaders(header);
  }

  private String path() {
    return random.nextInt(8) == 0
        ? "/status"
        : one(
            "/accounts/%s/orders/7?page=2".formatted(account()),
            "/accounts/%s/orders".formatted(account()),
            "/status",
            "/Status",
            "/other/x%2Fy",
            "/a/../b",
            "//",
            "");
  }

  private Metadata metadata() {
    var metadata = Metadata.newBuilder();
    if (chance(4)) {
      metadata.putFilterMetadata("other", struct(1));
    }
    if (!chance(10)) {
      Value payload = chance(10) ? any(2) : Value.newBuilder().setStructValue(claims()).build();
      metadata.putFilterMetadata(
          ExtAuthzCall.JWT_AUTHN, struct(1).toBuilder().putFields("verified", payload).build());
    }
    return metadata.build();
  }

  private Struct claims() {
    var claims =
        Struct.newBuilder()
            .putFields("iss", text(one("a", "b", "a", "b", "c")))
            .putFields("azp", text(app()))
            .putFields("org_id", text(account()));
    claims.putFields("aud", random.nextBoolean() ? text("api") : list(text("x"), text("api")));
    claims.putFields("exp", number(NOW_SECONDS + random.nextInt(-12, 200)));
    claims.putFields(
        "scope", chance(4) ? list(text("orders.read")) : text("orders.read invoices.read"));
    String[] names = {"iss", "azp", "client_id", "org_id", "aud", "exp", "scope", "cnf", "jti", ""};
    for (int i = chance(2) ? 2 : 0; i > 0; i--) {
      claims.putFields(names[random.nextInt(names.length)], any(3));
    }
    return claims.build();
  }

  private Struct struct(int depth) {
    var struct = Struct.newBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      struct.putFields(one("a", "b", ""), any(depth - 1));
    }
    return struct.build();
  }

  private Value any(int depth) {
    return switch (random.nextInt(depth > 0 ? 7 : 5)) {
      case 0 -> text(one("", "a", "app-00"));
      case 1 -> number(random.nextInt(-5, 5));
      case 2 -> Value.newBuilder().setBoolValue(chance(2)).build();
      case 3 -> Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();
      case 4 -> Value.getDefaultInstance();
      case 5 -> list(any(depth - 1), any(depth - 1));
      default -> Value.newBuilder().setStructValue(struct(depth)).build();
    };
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value number(double number) {
    return Value.newBuilder().setNumberValue(number).build();
  }

  private static Value list(Value... values) {
    return Value.newBuilder()
        .setListValue(ListValue.newBuilder().addAllValues(Arrays.asList(values)))
        .build();
  }

  private String account() {
    return "acct-%07d".formatted(chance(8) ? 1 : account);
  }

  private String any(String... of) {
    return of[random.nextInt(of.length)];
  }

  private String app() {
    return chance(10) ? "app-01" : "app-00";
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn * calm) == 0;
  }

  /** The first of them is the least odd. */
  private String one(String... of) {
    return of[chance(1) ? random.nextInt(of.length) : 0];
  }
}
