package dev.consentry.server.rpc;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.consentry.server.door.DoorCall;
import dev.consentry.server.gateway.AppRequest;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.gateway.Reason;
import dev.consentry.server.security.Caller;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Envoy tells of a request, by messages. */
final class ExtAuthzCall implements DoorCall {
  /** The key in {@code context_extensions} that names the door. */
  static final String DOOR = "door";

  /** The namespace in which {@code jwt_authn} leaves what it has verified. */
  static final String JWT_AUTHN = "envoy.filters.http.jwt_authn";

  private final Caller caller;
  private final AttributeContext attributes;
  private final Map<String, String> said;
  private final @Nullable String door;

  ExtAuthzCall(Caller caller, CheckRequest request) {
    this.caller = caller;
    this.attributes = request.getAttributes();
    Map<String, String> extensions = attributes.getContextExtensionsMap();
    this.door = extensions.get(DOOR);
    this.said = extensions.size() == 1 && door != null ? Map.of() : withoutDoor(extensions);
  }

  private static Map<String, String> withoutDoor(Map<String, String> extensions) {
    var said = new LinkedHashMap<>(extensions);
    said.remove(DOOR);
    return said;
  }

  @Override
  public Caller caller() {
    return caller;
  }

  @Override
  public Door.Kind kind() {
    return Door.Kind.EXT_AUTHZ;
  }

  @Override
  public @Nullable String door() {
    return door;
  }

  @Override
  public Map<String, String> said() {
    return said;
  }

  @Override
  public AppRequest request(Door asked) throws NotLetThroughException {
    AttributeContext.HttpRequest http = attributes.getRequest().getHttp();
    boolean joined = http.getHeadersCount() > 0;
    if (joined && http.getHeaderMap().getHeadersCount() > 0) {
      throw headersTwice();
    }
    return new Request(http, joined);
  }

  @Override
  public @Nullable Map<String, ?> verified(String payload) {
    Struct verified = attributes.getMetadataContext().getFilterMetadataMap().get(JWT_AUTHN);
    Value claims = verified == null ? null : verified.getFieldsMap().get(payload);
    return claims == null || !claims.hasStructValue() ? null : object(claims.getStructValue());
  }

  private static Map<String, @Nullable Object> object(Struct struct) {
    var object = new HashMap<String, @Nullable Object>();
    struct.getFieldsMap().forEach((name, value) -> object.put(name, any(value)));
    return object;
  }

  /* As JSON has it (google/protobuf/struct.proto): every number is a double. */
  private static @Nullable Object any(Value value) {
    return switch (value.getKindCase()) {
      case STRING_VALUE -> value.getStringValue();
      case NUMBER_VALUE -> value.getNumberValue();
      case BOOL_VALUE -> value.getBoolValue();
      case LIST_VALUE -> {
        var list = new ArrayList<@Nullable Object>();
        value.getListValue().getValuesList().forEach(one -> list.add(any(one)));
        yield list;
      }
      case STRUCT_VALUE -> object(value.getStructValue());
      case NULL_VALUE, KIND_NOT_SET -> null;
    };
  }

  @Override
  public String principal() {
    return attributes.getSource().getPrincipal();
  }

  static NotLetThroughException headersTwice() {
    return unsafe("the headers come twice, in `headers` and in `header_map`");
  }

  static NotLetThroughException oneWithComma(String header) {
    return unsafe("there is more than one `%s`, or one with a comma".formatted(header));
  }

  static NotLetThroughException moreThanOne(String header) {
    return unsafe("there is more than one `%s`".formatted(header));
  }

  private static NotLetThroughException unsafe(String detail) {
    return new NotLetThroughException(Reason.UNSAFE_REQUEST, detail);
  }

  /** The request itself. */
  private static final class Request implements AppRequest {
    private final AttributeContext.HttpRequest http;

    /** Without {@code encode_raw_headers} Envoy joins what came twice, with commas in between. */
    private final boolean joined;

    private final List<HeaderValue> separate;

    Request(AttributeContext.HttpRequest http, boolean joined) {
      this.http = http;
      this.joined = joined;
      this.separate = http.getHeaderMap().getHeadersList();
    }

    @Override
    public String method() {
      return http.getMethod();
    }

    @Override
    public String host() {
      return http.getHost();
    }

    @Override
    public String target() {
      return http.getPath();
    }

    @Override
    public boolean has(String lowerCaseName) {
      if (joined) {
        for (String name : http.getHeadersMap().keySet()) {
          if (AppRequest.isLike(name, lowerCaseName)) {
            return true;
          }
        }
        return false;
      }
      for (int i = 0; i < separate.size(); i++) {
        if (AppRequest.isLike(separate.get(i).getKey(), lowerCaseName)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public @Nullable String one(String lowerCaseName) throws NotLetThroughException {
      return joined ? oneOfJoined(lowerCaseName) : oneOfSeparate(lowerCaseName);
    }

    private @Nullable String oneOfJoined(String name) throws NotLetThroughException {
      String value = http.getHeadersMap().get(name);
      if (value != null && value.indexOf(',') >= 0) {
        throw oneWithComma(name);
      }
      return value;
    }

    private @Nullable String oneOfSeparate(String name) throws NotLetThroughException {
      HeaderValue found = null;
      for (int i = 0; i < separate.size(); i++) {
        HeaderValue each = separate.get(i);
        if (each.getKey().equalsIgnoreCase(name)) {
          if (found != null) {
            throw moreThanOne(name);
          }
          found = each;
        }
      }
      if (found == null) {
        return null;
      }
      return found.getRawValue().isEmpty()
          ? found.getValue()
          : found.getRawValue().toString(StandardCharsets.ISO_8859_1);
    }
  }
}
