package dev.consentry.server.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a gateway asks over HTTP/1.1, to the letter. Never changes. */
record AuthzRequest(String method, String target, List<String> lines) {
  private static final Pattern REASON = Pattern.compile("\"reason\":\"([A-Z_]+)\"");

  /** As nginx asks, by our example, about a GET. */
  static AuthzRequest original(String door, String uri) {
    return new AuthzRequest("GET", "/authz/" + door, List.of())
        .with("X-Original-Method", "GET")
        .with("X-Original-URI", uri)
        .with("X-Original-Host", "api.example.com");
  }

  /** As Caddy asks. */
  static AuthzRequest forwarded(String door, String uri) {
    return new AuthzRequest("GET", "/authz/" + door, List.of())
        .with("X-Forwarded-Method", "GET")
        .with("X-Forwarded-Uri", uri)
        .with("X-Forwarded-Host", "api.example.com");
  }

  AuthzRequest with(String name, String value) {
    var more = new ArrayList<>(lines);
    more.add(name + ": " + value);
    return new AuthzRequest(method, target, more);
  }

  AuthzRequest without(String name) {
    return new AuthzRequest(
        method, target, lines.stream().filter(line -> !line.startsWith(name + ":")).toList());
  }

  AuthzRequest by(String otherMethod) {
    return new AuthzRequest(otherMethod, target, lines);
  }

  AuthzRequest to(String otherTarget) {
    return new AuthzRequest(method, otherTarget, lines);
  }

  /** What came back. */
  record Reply(int status, Map<String, List<String>> headers, String body) {
    /** The reason of a problem; {@code allow} or {@code public} if there is none. */
    String outcome() {
      Matcher reason = REASON.matcher(body);
      if (reason.find()) {
        return reason.group(1);
      }
      List<String> app = headers.getOrDefault("consentry-app", List.of());
      return app.equals(List.of("")) ? "public" : app.isEmpty() ? "" : "allow";
    }

    String told() {
      return status + " " + outcome();
    }
  }

  Reply send(InetSocketAddress address) throws IOException {
    String text =
        "%s %s HTTP/1.1\r\nHost: consentry\r\nConnection: close\r\n%s\r\n"
            .formatted(method, target, String.join("", lines.stream().map(l -> l + "\r\n").toList()));
    String said = RawHttp.exchange(address, text);
    String head = said.substring(0, said.indexOf("\r\n\r\n"));
    var headers = new HashMap<String, List<String>>();
    head.lines()
        .skip(1)
        .forEach(line -> {
          int colon = line.indexOf(':');
          headers
              .computeIfAbsent(
                  line.substring(0, colon).toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
              .add(line.substring(colon + 1).strip());
        });
    return new Reply(
        RawHttp.statuses(said).getFirst(), headers, said.substring(head.length() + 4));
  }
}
