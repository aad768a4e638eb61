package dev.consentry.server.rpc;

import dev.consentry.server.door.DoorCall;
import dev.consentry.server.gateway.AppRequest;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.security.Caller;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.Peer;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.Request;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What Envoy tells of a request, read out of the bytes that travel, and no more of it than a door
 * asks for. {@link ExtAuthzCall} does the same by messages, for those that have not the plain form.
 */
final class ExtAuthzBytes implements DoorCall {
  private static final WireShape SHAPE = WireShape.of(CheckRequest.getDescriptor());

  private final Caller caller;
  private final byte[] message;
  private Map<String, String> said = Map.of();
  private @Nullable String door;
  private String principal = "";
  private @Nullable ExtAuthzHttp http;
  private @Nullable WireFields metadata;

  private ExtAuthzBytes(Caller caller, byte[] message) {
    this.caller = caller;
    this.message = message;
    var request = new WireFields(message, 0, message.length);
    if (request.next()) {
      readAttributes(request.inner());
    }
  }

  /** Null if it has not the plain form. */
  static @Nullable ExtAuthzBytes of(Caller caller, byte[] message) {
    return SHAPE.fits(message) ? new ExtAuthzBytes(caller, message) : null;
  }

  private void readAttributes(WireFields attributes) {
    while (attributes.next()) {
      switch (attributes.number()) {
        case AttributeContext.SOURCE_FIELD_NUMBER -> readSource(attributes.inner());
        case AttributeContext.REQUEST_FIELD_NUMBER -> readRequest(attributes.inner());
        case AttributeContext.CONTEXT_EXTENSIONS_FIELD_NUMBER -> readExtension(attributes.inner());
        case AttributeContext.METADATA_CONTEXT_FIELD_NUMBER -> metadata = attributes.inner();
        default -> {}
      }
    }
  }

  private void readSource(WireFields source) {
    while (source.next()) {
      if (source.number() == Peer.PRINCIPAL_FIELD_NUMBER) {
        principal = source.text();
      }
    }
  }

  private void readRequest(WireFields request) {
    while (request.next()) {
      if (request.number() == Request.HTTP_FIELD_NUMBER) {
        http = new ExtAuthzHttp(message, request.inner());
      }
    }
  }

  private void readExtension(WireFields entry) {
    String key = "";
    String value = "";
    while (entry.next()) {
      if (entry.number() == WireFields.KEY) {
        key = entry.text();
      } else {
        value = entry.text();
      }
    }
    if (key.equals(ExtAuthzCall.DOOR)) {
      door = value;
    } else {
      said = said.isEmpty() ? new LinkedHashMap<>() : said;
      said.put(key, value);
    }
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
    ExtAuthzHttp told = http == null ? new ExtAuthzHttp(message, WireFields.none()) : http;
    if (told.hasHeadersTwice()) {
      throw ExtAuthzCall.headersTwice();
    }
    return told;
  }

  @Override
  public @Nullable Map<String, ?> verified(String payload) {
    WireFields namespaces = metadata;
    WireFields verified =
        namespaces == null
            ? null
            : namespaces.value(Metadata.FILTER_METADATA_FIELD_NUMBER, ExtAuthzCall.JWT_AUTHN);
    return verified == null ? null : StructBytes.object(verified, payload);
  }

  @Override
  public String principal() {
    return principal;
  }
}
