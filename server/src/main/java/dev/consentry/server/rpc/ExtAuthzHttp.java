package dev.consentry.server.rpc;

import dev.consentry.server.gateway.AppRequest;
import dev.consentry.server.gateway.NotLetThroughException;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.HttpRequest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The request itself, in the bytes of an {@link HttpRequest} that has the plain form. */
final class ExtAuthzHttp implements AppRequest {
  private static final int HEADERS_USUAL = 24;

  /** Of a header: where its name begins and ends, and its value. */
  private static final int PLACES = 4;

  private final byte[] message;
  private String method = "";
  private String path = "";
  private String host = "";
  private int[] places = new int[HEADERS_USUAL * PLACES];
  private int end;

  /** Without {@code encode_raw_headers} Envoy joins what came twice, with commas in between. */
  private boolean joined;

  private boolean separate;

  /**
   * Reads it.
   *
   * @param message what the fields are of
   */
  ExtAuthzHttp(byte[] message, WireFields http) {
    this.message = message;
    while (http.next()) {
      switch (http.number()) {
        case HttpRequest.METHOD_FIELD_NUMBER -> method = http.text();
        case HttpRequest.PATH_FIELD_NUMBER -> path = http.text();
        case HttpRequest.HOST_FIELD_NUMBER -> host = http.text();
        case HttpRequest.HEADERS_FIELD_NUMBER -> {
          joined = true;
          add(http.inner());
        }
        case HttpRequest.HEADER_MAP_FIELD_NUMBER -> {
          WireFields headers = http.inner();
          while (headers.next()) {
            separate = true;
            add(headers.inner());
          }
        }
        default -> {}
      }
    }
  }

  /** Takes a {@link HeaderValue}, or an entry of the map, which has the same name and value. */
  private void add(WireFields header) {
    if (end == places.length) {
      places = Arrays.copyOf(places, 2 * end);
    }
    // What is not there is empty.
    Arrays.fill(places, end, end + PLACES, 0);
    while (header.next()) {
      int at = header.number() == HeaderValue.KEY_FIELD_NUMBER ? end : end + 2;
      if (header.from() < header.to()) {
        places[at] = header.from();
        places[at + 1] = header.to();
      }
    }
    end += PLACES;
  }

  /** Whether they come in both ways. */
  boolean hasHeadersTwice() {
    return joined && separate;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public String target() {
    return path;
  }

  @Override
  public boolean has(String lowerCaseName) {
    for (int at = 0; at < end; at += PLACES) {
      if (isLength(at, lowerCaseName) && AppRequest.isLike(name(at), lowerCaseName)) {
        return true;
      }
    }
    return false;
  }

  private boolean isLength(int at, String name) {
    return places[at + 1] - places[at] == name.length();
  }

  private String name(int at) {
    return WireFields.text(message, places[at], places[at + 1]);
  }

  private String value(int at) {
    return WireFields.text(message, places[at + 2], places[at + 3]);
  }

  @Override
  public @Nullable String one(String lowerCaseName) throws NotLetThroughException {
    String found = null;
    for (int at = 0; at < end; at += PLACES) {
      if (isLength(at, lowerCaseName)) {
        String name = name(at);
        // Of several entries of a map, the last one counts.
        if (joined ? name.equals(lowerCaseName) : name.equalsIgnoreCase(lowerCaseName)) {
          if (found != null && !joined) {
            throw ExtAuthzCall.moreThanOne(lowerCaseName);
          }
          found = value(at);
        }
      }
    }
    if (joined && found != null && found.indexOf(',') >= 0) {
      throw ExtAuthzCall.oneWithComma(lowerCaseName);
    }
    return found;
  }
}
