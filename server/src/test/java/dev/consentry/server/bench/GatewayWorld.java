package dev.consentry.server.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A gateway with lifelike traffic: doors, 20 routes, an issuer, and requests about the grants of a
 * filled store ({@link StoreFiller}).
 *
 * <p>As a program it writes into a directory what a server and a load need: {@code gateway.yaml},
 * {@code keys.json}, {@code jwt}, and the messages {@code envoy-jwt.bin} and {@code token.bin}.
 * Argument: the directory. Whatever follows is ignored, because the launcher adds its own main
 * class.
 */
public final class GatewayWorld {
  public static final String ENVOY_JWT = "edge-jwt";
  public static final String TOKEN = "edge";
  public static final String HOST = "api.example.com";

  private static final String ISSUER = "https://id.example.com";
  private static final String AUDIENCE = "api";
  private static final String PAYLOAD = "verified";
  private static final String JWT_AUTHN = "envoy.filters.http.jwt_authn";
  private static final Duration LIFE = Duration.ofHours(12);
  private static final int ORDERS_ROUTE = 10;
  private static final int ACCOUNT = 1;

  /** 15 headers of about 1 KB, those of the request line included; {@code %s} is the path. */
  private static final String HEADERS =
      """
      :authority: api.example.com
      :method: GET
      :path: %s
      :scheme: https
      user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36
      accept: application/json, text/plain, */*
      accept-encoding: gzip, deflate, br, zstd
      accept-language: en-GB,en;q=0.9,de;q=0.8
      referer: https://app.example.com/dashboard/orders?view=open&sort=-created
      cookie: session=4f0c8b1de2a94c0f8d7f5b1c3a9e7d60c2b8f4a19e3d7c5b; theme=dark; consent=analytics=no; region=eu
      traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
      tracestate: vendor=t61rcWkgMzE,other=00f067aa0ba902b7
      x-forwarded-for: 203.0.113.195, 198.51.100.7
      x-forwarded-proto: https
      x-request-id: 3f1c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f
      """;

  private final ECKey key;
  private final Instant now = Instant.now();

  /** With an issuer that has a new key. */
  public GatewayWorld() {
    try {
      key = new ECKeyGenerator(Curve.P_256).keyID("bench").generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  public static void main(String[] arguments) throws Exception {
    var world = new GatewayWorld();
    var directory = Path.of(arguments[0]);
    world.writeConfiguration(directory);
    String jwt = world.jwt(ACCOUNT);
    Files.writeString(directory.resolve("jwt"), jwt);
    Files.write(directory.resolve("envoy-jwt.bin"), world.verified(ACCOUNT).toByteArray());
    Files.write(directory.resolve("token.bin"), world.withToken(ACCOUNT, jwt).toByteArray());
    System.out.println("{}");
  }

  /** Writes {@code gateway.yaml}, whose path it returns, and the issuer's keys beside it. */
  public Path writeConfiguration(Path directory) {
    Path keys = directory.resolve("keys.json").toAbsolutePath();
    try {
      Files.writeString(keys, new JWKSet(key).toPublicJWKSet().toString());
      return Files.writeString(directory.resolve("gateway.yaml"), configuration(keys));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String configuration(Path keys) {
    String token =
        "{ source: token, issuers: [{ issuer: '%s', jwks: '%s', audiences: [%s] }], app: azp, account: org_id }"
            .formatted(ISSUER, keys, AUDIENCE);
    var text = new StringBuilder("gateway:\n  doors:\n");
    door(text, ENVOY_JWT, "kind: ext_authz", envoyJwt());
    door(text, TOKEN, "kind: ext_authz", token);
    door(text, "web", "kind: forward-auth, family: x-original, caller: none", token);
    text.append("  authzen: { subject_type: app, resource_type: account }\n  routes:\n");
    for (int i = 0; i < StoreFiller.RESOURCES.size(); i++) {
      boolean orders = i == ORDERS_ROUTE;
      String resource = orders ? "orders" : StoreFiller.RESOURCES.get(i);
      text.append(
          "    - { host: %s, path: '/accounts/{account}/%s/**', methods: [GET], scopes: [%s] }%n"
              .formatted(
                  HOST, resource, orders ? "orders.read, profile.read" : resource + ".read"));
    }
    return text.toString();
  }

  private static String envoyJwt() {
    return "{ source: envoy-jwt, payload: %s, issuers: ['%s'], audiences: [%s], app: azp, account: org_id }"
        .formatted(PAYLOAD, ISSUER, AUDIENCE);
  }

  private static void door(StringBuilder text, String name, String kind, String subject) {
    text.append("    %s: { %s, subject: %s, scopes: routes }%n".formatted(name, kind, subject));
  }

  /** A request whose token Envoy has verified, and taken away. */
  public CheckRequest verified(int account) {
    var claims = Struct.newBuilder();
    claims(account).forEach((name, value) -> claims.putFields(name, value(value)));
    var verified =
        Struct.newBuilder()
            .putFields(PAYLOAD, Value.newBuilder().setStructValue(claims).build())
            .build();
    return request(
        ENVOY_JWT,
        headers(account),
        Metadata.newBuilder().putFilterMetadata(JWT_AUTHN, verified).build(),
        account);
  }

  /** A request with its token. */
  public CheckRequest withToken(int account, String jwt) {
    String headers = headers(account) + "authorization: Bearer " + jwt + "\n";
    return request(TOKEN, headers, Metadata.getDefaultInstance(), account);
  }

  private static String headers(int account) {
    return HEADERS.formatted(path(account));
  }

  /** What is asked for. */
  public static String path(int account) {
    return "/accounts/%s/orders/88123/lines?page=2&limit=50".formatted(account(account));
  }

  private static String account(int account) {
    return "acct-%07d".formatted(account);
  }

  /** As Envoy sends it with {@code encode_raw_headers}, which the examples have. */
  private static CheckRequest request(String door, String headers, Metadata metadata, int account) {
    var map = HeaderMap.newBuilder();
    headers
        .lines()
        .forEach(line -> {
          int colon = line.indexOf(": ");
          map.addHeaders(
              HeaderValue.newBuilder()
                  .setKey(line.substring(0, colon))
                  .setRawValue(ByteString.copyFrom(line.substring(colon + 2), UTF_8)));
        });
    var http =
        AttributeContext.HttpRequest.newBuilder()
            .setId("12650403771837486423")
            .setMethod("GET")
            .setPath(path(account))
            .setHost(HOST)
            .setScheme("https")
            .setSize(-1)
            .setProtocol("HTTP/1.1")
            .setHeaderMap(map);
    return CheckRequest.newBuilder()
        .setAttributes(
            AttributeContext.newBuilder()
                .setSource(peer("203.0.113.195", 51_234))
                .setDestination(peer("192.0.2.10", 10_000))
                .setRequest(
                    AttributeContext.Request.newBuilder()
                        .setTime(Timestamp.newBuilder().setSeconds(1_795_900_000).setNanos(123_456))
                        .setHttp(http))
                .putContextExtensions("door", door)
                .setMetadataContext(metadata)
                .setRouteMetadataContext(Metadata.getDefaultInstance()))
        .build();
  }

  private static AttributeContext.Peer peer(String address, int port) {
    return AttributeContext.Peer.newBuilder()
        .setAddress(
            Address.newBuilder()
                .setSocketAddress(
                    SocketAddress.newBuilder().setAddress(address).setPortValue(port)))
        .build();
  }

  private Map<String, Object> claims(int account) {
    long seconds = now.getEpochSecond();
    var claims = new LinkedHashMap<String, Object>();
    claims.put("iss", ISSUER);
    claims.put("sub", "user-5e884898da28047151d0e56f8dc62927");
    claims.put("aud", List.of(AUDIENCE));
    claims.put("exp", seconds + LIFE.toSeconds());
    claims.put("nbf", seconds);
    claims.put("iat", seconds);
    claims.put("jti", "2b6f0cc9-04d1-4e1f-9c4d-6f1f3c0a7b1e");
    claims.put("azp", "app-%02d".formatted(account % StoreFiller.APPS));
    claims.put("org_id", account(account));
    claims.put("scope", "openid orders.read profile.read");
    return claims;
  }

  private static Value value(Object claim) {
    return switch (claim) {
      case Number number -> Value.newBuilder().setNumberValue(number.doubleValue()).build();
      case List<?> list -> {
        var values = ListValue.newBuilder();
        list.forEach(one -> values.addValues(value(one)));
        yield Value.newBuilder().setListValue(values).build();
      }
      default -> Value.newBuilder().setStringValue(claim.toString()).build();
    };
  }

  /** The token itself. */
  public String jwt(int account) {
    var set = new JWTClaimsSet.Builder();
    claims(account)
        .forEach((name, value) ->
            set.claim(
                name,
                List.of("exp", "nbf", "iat").contains(name)
                    ? Date.from(Instant.ofEpochSecond((Long) value))
                    : value));
    var header =
        new JWSHeader.Builder(JWSAlgorithm.ES256)
            .keyID(key.getKeyID())
            .type(new JOSEObjectType("at+jwt"))
            .build();
    var token = new SignedJWT(header, set.build());
    try {
      token.sign(new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return token.serialize();
  }
}
