package dev.consentry.server.rpc;

import static java.util.Objects.requireNonNullElse;

import dev.consentry.server.door.DoorCall;
import dev.consentry.server.gateway.AppRequest;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.rpc.EnvoyRequest.Shape;
import dev.consentry.server.security.Caller;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Doors with one rule less: each tells of a request as if what the rule is there for were good. */
final class DoorMutants {
  private DoorMutants() {}

  /** What makes a call of one, to which the rule is nothing. */
  record Mutant(String name, BiFunction<EnvoyRequest, DoorCall, DoorCall> wrap) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Mutant[] all() {
    return new Mutant[] {
      request("takes the first of two headers", First::new),
      request(
          "takes no offence at overrides",
          (asked, of) ->
              new Forwarded(of) {
                @Override
                public boolean has(String name) {
                  return false;
                }
              }),
      request(
          "knows no aliases of overrides",
          (asked, of) ->
              new Forwarded(of) {
                @Override
                public boolean has(String name) {
                  return asked.first(name) != null;
                }
              }),
      request(
          "takes any OPTIONS for a preflight",
          (asked, of) ->
              new Forwarded(of) {
                @Override
                public @Nullable String one(String name) throws NotLetThroughException {
                  return Set.of("origin", "access-control-request-method").contains(name)
                      ? "x"
                      : super.one(name);
                }
              }),
      target("resolves dot segments", path -> resolved(path)),
      target("merges slashes", path -> path.replaceAll("/{2,}", "/")),
      target("cuts off parameters", path -> path.replaceAll(";.*", "")),
      target("decodes before it looks", path -> decoded(path)),
      target("decodes what is escaped twice", path -> path.replace("%25", "%")),
      target("takes an absolute target", path -> path.replaceFirst("^http://[^/]*", "")),
      target("ignores letter case", path -> path.toLowerCase(Locale.ROOT)),
      target("does not compare accounts", path -> path.replace("/globex/", "/acme/")),
      target("cuts off controls", path -> path.replace("%00", "")),
      target("cuts off fragments", path -> path.replaceAll("#.*", "")),
      request(
          "takes any host",
          (asked, of) ->
              new Forwarded(of) {
                @Override
                public String host() {
                  return "api.example.com";
                }
              }),
      request(
          "falls through to GET",
          (asked, of) ->
              new Forwarded(of) {
                @Override
                public String method() {
                  return asked.method().equals("DELETE") ? "GET" : asked.method();
                }
              }),
      new Mutant(
          "reads one shape of two",
          (asked, of) ->
              new ExtAuthzCall(
                  of.caller(), asked.inBothShapes() ? oneShape(asked) : asked.in(Shape.JOINED))),
      claims(
          "takes numbers for texts",
          claims ->
              claims.replaceAll((name, value) ->
                  value instanceof Double number && name.equals("org_id")
                      ? String.valueOf(number.longValue())
                      : value)),
      claims("ignores `cnf`", claims -> claims.remove("cnf")),
      claims("ignores `client_id`", claims -> claims.remove("client_id")),
      claims("believes any issuer", claims -> claims.put("iss", "https://id.example.com")),
      claims("believes for any audience", claims -> claims.put("aud", "api")),
      claims("knows no expiry", claims -> claims.put("exp", 1e12)),
      claims("ignores the token's scopes", claims -> claims.put("scope", "read write")),
      new Mutant(
          "believes any filter",
          (asked, of) ->
              new ForwardedCall(of) {
                @Override
                public @Nullable Map<String, ?> verified(String payload) {
                  for (Map<String, Map<String, Object>> payloads : asked.verified().values()) {
                    return payloads.get(payload);
                  }
                  return null;
                }
              }),
      new Mutant(
          "believes any payload",
          (asked, of) ->
              new ForwardedCall(of) {
                @Override
                public @Nullable Map<String, ?> verified(String payload) {
                  for (Map<String, Map<String, Object>> payloads : asked.verified().values()) {
                    return payloads.values().iterator().next();
                  }
                  return null;
                }
              }),
      principal(
          "matches the beginning", text -> text.replaceFirst("(app/mail)\\s*/?x?\\s*$", "$1")),
      principal("matches the end", text -> text.replaceFirst("^x", "")),
      principal("decodes principals", DoorMutants::decoded),
      principal(
          "needs no scheme", text -> text.startsWith("example.com") ? "spiffe://" + text : text),
      principal("believes any trust domain", text -> text.replace("example.org", "example.com")),
      said(
          "ignores unknown keys",
          (door, said) ->
              said.keySet()
                  .retainAll(
                      switch (door) {
                        case "fixed" -> Set.of("app", "account", "scopes");
                        case "jwt", "mesh" -> Set.of("scopes");
                        default -> Set.of();
                      })),
      said(
          "asks for `read` where nothing is said",
          (door, said) -> {
            if (door.equals("jwt")) {
              said.putIfAbsent("scopes", "read");
            }
          }),
      said(
          "takes scopes in any form",
          (door, said) ->
              said.computeIfPresent(
                  "scopes",
                  (_, text) ->
                      String.join(
                          " ", new TreeSet<>(Arrays.asList(text.strip().split(" +", -1)))))),
      new Mutant(
          "has a door for all",
          (asked, of) ->
              new ForwardedCall(of) {
                @Override
                public String door() {
                  String named = requireNonNullElse(of.door(), "heads");
                  return DoorCases.SECTION.contains("    " + named + ":") ? named : "heads";
                }
              }),
      new Mutant(
          "takes any kind of door",
          (asked, of) ->
              new ForwardedCall(of) {
                @Override
                public Door.Kind kind() {
                  return "web".equals(of.door()) ? Door.Kind.FORWARD_AUTH : of.kind();
                }
              }),
    };
  }

  private static CheckRequest oneShape(EnvoyRequest asked) {
    var both = asked.in(Shape.JOINED).toBuilder();
    both.getAttributesBuilder().getRequestBuilder().getHttpBuilder().clearHeaderMap();
    return both.build();
  }

  private static String resolved(String path) {
    try {
      return path.startsWith("/") ? new URI(path).normalize().toString() : path;
    } catch (java.net.URISyntaxException e) {
      return path;
    }
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  private static Mutant request(
      String name, BiFunction<EnvoyRequest, AppRequest, AppRequest> change) {
    return new Mutant(
        name,
        (asked, of) ->
            new ForwardedCall(of) {
              @Override
              public AppRequest request(Door door) throws NotLetThroughException {
                return change.apply(asked, of.request(door));
              }
            });
  }

  private static Mutant target(String name, UnaryOperator<String> change) {
    return request(
        name,
        (_, of) ->
            new Forwarded(of) {
              @Override
              public String target() {
                return change.apply(super.target());
              }
            });
  }

  private static Mutant claims(String name, java.util.function.Consumer<Map<String, Object>> how) {
    return new Mutant(
        name,
        (_, of) ->
            new ForwardedCall(of) {
              @Override
              public @Nullable Map<String, ?> verified(String payload) {
                Map<String, ?> verified = of.verified(payload);
                if (verified == null) {
                  return null;
                }
                var changed = new HashMap<String, Object>(verified);
                how.accept(changed);
                return changed;
              }
            });
  }

  private static Mutant principal(String name, UnaryOperator<String> change) {
    return new Mutant(
        name,
        (_, of) ->
            new ForwardedCall(of) {
              @Override
              public String principal() {
                return change.apply(of.principal());
              }
            });
  }

  private static Mutant said(
      String name, java.util.function.BiConsumer<String, Map<String, String>> change) {
    return new Mutant(
        name,
        (_, of) ->
            new ForwardedCall(of) {
              @Override
              public Map<String, String> said() {
                var changed = new HashMap<>(of.said());
                change.accept(requireNonNullElse(of.door(), ""), changed);
                return changed;
              }
            });
  }

  /** A call like another. */
  private static class ForwardedCall implements DoorCall {
    private final DoorCall of;

    ForwardedCall(DoorCall of) {
      this.of = of;
    }

    @Override
    public Caller caller() {
      return of.caller();
    }

    @Override
    public Door.Kind kind() {
      return of.kind();
    }

    @Override
    public @Nullable String door() {
      return of.door();
    }

    @Override
    public Map<String, String> said() {
      return of.said();
    }

    @Override
    public AppRequest request(Door door) throws NotLetThroughException {
      return of.request(door);
    }

    @Override
    public @Nullable Map<String, ?> verified(String payload) {
      return of.verified(payload);
    }

    @Override
    public String principal() {
      return of.principal();
    }
  }

  /** A request like another. */
  private static class Forwarded implements AppRequest {
    private final AppRequest of;

    Forwarded(AppRequest of) {
      this.of = of;
    }

    @Override
    public String method() {
      return of.method();
    }

    @Override
    public String host() {
      return of.host();
    }

    @Override
    public String target() {
      return of.target();
    }

    @Override
    public boolean has(String lowerCaseName) {
      return of.has(lowerCaseName);
    }

    @Override
    public @Nullable String one(String lowerCaseName) throws NotLetThroughException {
      return of.one(lowerCaseName);
    }
  }

  private static final class First extends Forwarded {
    private final EnvoyRequest asked;

    First(EnvoyRequest asked, AppRequest of) {
      super(of);
      this.asked = asked;
    }

    @Override
    public @Nullable String one(String name) {
      return asked.first(name);
    }
  }
}
