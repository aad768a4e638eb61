package dev.consentry.server.gateway;

import dev.consentry.server.decision.Scope;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/** Rules and requests made of few and tricky pieces, so that many meet. */
final class RandomRoutes {
  private static final List<String> LITERALS =
      List.of("a", "a", "b", "A", "%61", "k", "@", "%40", "%C3%A9", "%c3%89", "a+b", "a.b", "%25");
  private static final List<String> NAMES = List.of("{x}", "{y}", "{account}");
  private static final List<String> ODD_LITERALS =
      List.of(
          "B",
          "%41",
          "%4B",
          "%E2%84%AA",
          "%40",
          "%c3%a9",
          "%C3%89",
          "x",
          "ab",
          "A%2bB",
          "a%2Eb",
          "%2a",
          "AcMe",
          "%F0%9F%98%80",
          "%EF%BF%BD");
  private static final List<String> TRICKS =
      List.of(
          "",
          ".",
          "..",
          "%2e",
          ".%2E",
          "...",
          ";",
          "a;b",
          "a;",
          "..;",
          ";..",
          "%3B",
          "%2F",
          "a%2fb",
          "a%2F..%2Fb",
          "a%2F%2Fb",
          "%5C",
          "\\",
          "%",
          "%4",
          "%zz",
          "%2541",
          "%25%34%31",
          "%25",
          "%00",
          "%0a",
          "%7F",
          "%C2%80",
          "%C3",
          "%C0%AE",
          "%ED%A0%80",
          "é",
          "\u212A",
          " ",
          "#",
          "%23",
          "%3F",
          "?",
          "?x=/../;",
          "a?b",
          "{x}",
          "*");
  private static final List<String> OPAQUE = List.of("a;b", "a%2Fb", "a%2fb", ";", "%2F%2F");
  private static final List<String> HOSTS = List.of("a.example", "b.example");
  private static final List<String> ODD_HOSTS =
      List.of(
          "A.Example",
          "a.example.",
          "a.example:80",
          "A.example.:443",
          "c.example",
          "a.example..",
          "",
          "a.example:",
          "a b",
          "\u212A.example",
          "a.example:99:1");
  private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT");
  private static final List<String> ODD_METHODS = List.of("get", "OPTIONS", "");

  private final SplittableRandom random;

  RandomRoutes(SplittableRandom random) {
    this.random = random;
  }

  /** A request. */
  record Request(String method, String host, String target) {}

  /** 1 to 8 rules, each of which can match. */
  List<RouteRule> rules() {
    var compiler = new RouteCompiler();
    var rules = new ArrayList<RouteRule>();
    int count = 1 + random.nextInt(8);
    for (int i = 0; i < count; i++) {
      RouteRule rule = rule(i, rules);
      if (compiler.add(rule, "") == null) {
        rules.add(rule);
      }
    }
    return rules;
  }

  private RouteRule rule(int number, List<RouteRule> earlier) {
    boolean isLikeAnEarlierOne = !earlier.isEmpty() && random.nextInt(3) == 0;
    RouteRule model = isLikeAnEarlierOne ? any(earlier) : null;
    HostName host = random.nextInt(3) == 0 ? new HostName(any(HOSTS)) : null;
    PathTemplate path = model == null ? PathTemplate.parse(template()) : model.path();
    boolean isPublic = !path.hasAccount() && random.nextInt(6) == 0;
    var opaque = EnumSet.noneOf(Opaque.class);
    if (!isPublic && path.isOpen() && random.nextInt(3) == 0) {
      opaque.add(any(List.of(Opaque.values())));
      opaque.add(any(List.of(Opaque.values())));
    }
    return new RouteRule(
        model == null ? host : model.host(),
        path,
        random.nextInt(4) == 0 ? Set.of(any(METHODS), "PATCH") : Set.of(any(METHODS)),
        isPublic ? List.of() : List.of(new Scope("s" + number)),
        isPublic,
        opaque);
  }

  /** As short as those of {@link #template()}; few letters. */
  String template() {
    var template = new StringBuilder();
    var names = new ArrayList<>(NAMES);
    int segments = random.nextInt(4);
    for (int i = 0; i < segments; i++) {
      boolean isNamed = random.nextInt(3) == 0;
      template
          .append('/')
          .append(isNamed ? names.remove(random.nextInt(names.size())) : any(LITERALS));
    }
    if (random.nextInt(3) == 0) {
      template.append("/**");
    }
    return template.isEmpty() ? "/" : template.toString();
  }

  /** A request that mostly is like one of these rules. */
  Request request(List<RouteRule> rules) {
    RouteRule rule = any(rules);
    String method = any(random.nextInt(3) == 0 ? METHODS : List.copyOf(rule.methods()));
    String host = rule.host() == null ? any(HOSTS) : rule.host().value();
    return new Request(
        random.nextInt(20) == 0 ? any(ODD_METHODS) : method,
        random.nextInt(12) == 0 ? any(ODD_HOSTS) : host,
        target(rule.path().toString()));
  }

  private String target(String template) {
    var target = new StringBuilder();
    for (String segment : template.substring(1).split("/", -1)) {
      if (segment.equals("**")) {
        for (int i = random.nextInt(3); i > 0; i--) {
          target.append('/').append(segment());
        }
      } else if (random.nextInt(20) == 0) {
        target.append('/').append(any(TRICKS));
      } else if (segment.startsWith("{") || random.nextInt(6) == 0) {
        target.append('/').append(segment());
      } else if (random.nextInt(6) == 0) {
        target.append('/').append(otherwise(segment));
      } else if (!segment.isEmpty()) {
        target.append('/').append(segment);
      }
    }
    target.append(random.nextInt(4) == 0 || target.isEmpty() ? "/" : "");
    return target.append(random.nextInt(16) == 0 ? any(TRICKS) : "").toString();
  }

  private String segment() {
    return switch (random.nextInt(12)) {
      case 0 -> any(TRICKS);
      case 1, 2 -> any(OPAQUE);
      case 3, 4 -> any(ODD_LITERALS);
      default -> any(LITERALS);
    };
  }

  /** Something that a lax upstream may take for the same. */
  private static String otherwise(String segment) {
    return switch (segment) {
      case "a" -> "A";
      case "A", "%61" -> "a";
      case "k" -> "%E2%84%AA";
      case "@" -> "%40";
      case "%40" -> "@";
      case "%C3%A9" -> "%C3%89";
      default -> segment.toUpperCase(Locale.ROOT);
    };
  }

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
