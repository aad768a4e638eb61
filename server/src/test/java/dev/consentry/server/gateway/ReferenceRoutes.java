package dev.consentry.server.gateway;

import dev.consentry.server.gateway.RouteMatch.Ambiguous;
import dev.consentry.server.gateway.RouteMatch.Covered;
import dev.consentry.server.gateway.RouteMatch.NotCovered;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What routes mean, written to be obvious: regular expressions, one after the other. */
final class ReferenceRoutes {
  private static final Pattern ESCAPE = Pattern.compile("%([0-9A-Fa-f]{2})");
  private static final Pattern PATH =
      Pattern.compile("/([A-Za-z0-9\\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*");
  private static final Pattern NEVER_ESCAPED =
      Pattern.compile("%(5C|3B|3F|23|[01].|7F)|%25[0-9A-Fa-f]{2}");
  private static final Pattern NEVER_DECODED = Pattern.compile("[\\x{FFFD}\\x{80}-\\x{9F}]");
  private static final Pattern ENDS = Pattern.compile("/|;|%2F");
  private static final Pattern UNRESERVED = Pattern.compile("[A-Za-z0-9._~-]");
  private static final Pattern HOST =
      Pattern.compile("([A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*)\\.?(:[0-9]{1,5})?");

  private final List<Rule> rules = new ArrayList<>();

  private record Rule(RouteRule rule, Pattern exact, Pattern lax) {}

  ReferenceRoutes(List<RouteRule> all) {
    for (RouteRule rule : all) {
      String path = rule.path().toString();
      rules.add(
          new Rule(
              rule,
              Pattern.compile(regex(path, UnaryOperator.identity()), Pattern.DOTALL),
              Pattern.compile(
                  regex(path, ReferenceRoutes::decoded),
                  Pattern.DOTALL | Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)));
    }
  }

  private static String regex(String template, UnaryOperator<String> form) {
    var regex = new StringBuilder();
    for (String segment : template.substring(1).split("/", -1)) {
      regex.append(
          switch (segment) {
            case "" -> "";
            case "**" -> "(?:/.*)?";
            case "{account}" -> "/(?<account>[^/]+)";
            default ->
                segment.startsWith("{") ? "/[^/]+" : "/" + Pattern.quote(form.apply(segment));
          });
    }
    return regex.toString();
  }

  /** Empty if the request is unsafe. */
  Optional<RouteMatch> match(String method, String host, String target) {
    String path = normalized(target.split("\\?", 2)[0]);
    Matcher named = HOST.matcher(host);
    if (path == null || !named.matches()) {
      return Optional.empty();
    }
    String name = named.group(1).toLowerCase(Locale.ROOT);
    List<Rule> there =
        rules.stream()
            .filter(it -> it.rule.host() == null || it.rule.host().value().equals(name))
            .toList();
    Rule first = first(there, it -> it.exact.matcher(path).matches());
    Rule covering =
        first == null
            ? null
            : first(
                there, it -> isOfTheSamePattern(it.rule, first.rule) && covers(it.rule, method));
    if ((path.contains(";") && !allows(covering, Opaque.SEMICOLON))
        || (path.contains("%2F") && !allows(covering, Opaque.SLASH))) {
      return Optional.empty();
    }
    if (first == null) {
      return Optional.of(new NotCovered());
    }
    String lax = decoded(path.replace("%2F", "\\"));
    Rule ifLax = first(there, it -> it.lax.matcher(lax).matches());
    if (ifLax != null && there.indexOf(ifLax) < there.indexOf(first)) {
      return Optional.of(new Ambiguous());
    }
    return Optional.of(
        covering == null ? new NotCovered() : new Covered(covering.rule, account(covering, path)));
  }

  private static @Nullable Rule first(List<Rule> rules, Predicate<Rule> condition) {
    return rules.stream().filter(condition).findFirst().orElse(null);
  }

  private static boolean isOfTheSamePattern(RouteRule one, RouteRule other) {
    return one.path().toString().equals(other.path().toString())
        && String.valueOf(one.host()).equals(String.valueOf(other.host()));
  }

  private static boolean covers(RouteRule rule, String method) {
    return rule.methods().contains(method)
        || (method.equals("HEAD") && rule.methods().contains("GET"));
  }

  private static boolean allows(@Nullable Rule rule, Opaque opaque) {
    return rule != null && rule.rule.opaque().contains(opaque);
  }

  private static @Nullable String account(Rule rule, String path) {
    if (!rule.rule.path().toString().contains("{account}")) {
      return null;
    }
    Matcher matcher = rule.exact.matcher(path);
    return matcher.matches() ? decoded(matcher.group("account")) : null;
  }

  /** Null if it is unsafe whatever the rules say. */
  private static @Nullable String normalized(String path) {
    if (!PATH.matcher(path).matches()
        || path.contains("//")
        || path.length() > RequestPath.PATH_LENGTH_MAX) {
      return null;
    }
    String normalized = ESCAPE.matcher(path).replaceAll(ReferenceRoutes::inOneForm);
    // What is no UTF-8 becomes U+FFFD.
    String decoded = decoded(normalized.replace("%EF%BF%BD", ""));
    if (NEVER_ESCAPED.matcher(normalized).find() || NEVER_DECODED.matcher(decoded).find()) {
      return null;
    }
    for (String piece : ENDS.split(normalized, -1)) {
      if (piece.equals(".") || piece.equals("..")) {
        return null;
      }
    }
    return normalized.endsWith("/") ? normalized.substring(0, normalized.length() - 1) : normalized;
  }

  private static String inOneForm(MatchResult escape) {
    var c = String.valueOf((char) Integer.parseInt(escape.group(1), 16));
    return UNRESERVED.matcher(c).matches()
        ? c
        : Matcher.quoteReplacement(escape.group().toUpperCase(Locale.ROOT));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
