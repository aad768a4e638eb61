package dev.consentry.server.gateway;

import static dev.consentry.server.gateway.RouteReferenceTest.real;
import static dev.consentry.server.gateway.RouteReferenceTest.table;

import dev.consentry.server.gateway.RandomRoutes.Request;
import dev.consentry.server.gateway.RouteMatch.Ambiguous;
import dev.consentry.server.gateway.RouteMatch.Covered;
import dev.consentry.server.gateway.RouteReferenceTest.Matching;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Bugs that somebody could write, each on top of the real table. */
enum RouteMutants implements Matching {
  LAST_RULE_WINS(rules(List::reversed)),
  METHOD_FALLS_THROUGH((rules, _, request) ->
      real(
          rules,
          table(
              rules.stream()
                  .filter(rule ->
                      rule.methods().contains(request.method())
                          || (request.method().equals("HEAD") && rule.methods().contains("GET")))
                  .toList()),
          request)),
  HEAD_IS_NOT_GET((rules, table, it) ->
      real(
          rules,
          table,
          it.method().equals("HEAD")
                  && rules.stream().noneMatch(rule -> rule.methods().contains("HEAD"))
              ? new Request("OTHER", it.host(), it.target())
              : it)),
  METHOD_IN_ANY_CASE((rules, table, it) ->
      real(
          rules, table, new Request(it.method().toUpperCase(Locale.ROOT), it.host(), it.target()))),
  HOST_IGNORED(rules(each(it -> with(it, null, it.opaque())))),
  HOST_AS_IT_CAME((rules, table, it) ->
      real(
          rules,
          it.host().matches("[a-z.]*[a-z]")
              ? table
              : table(rules.stream().filter(rule -> rule.host() == null).toList()),
          it)),
  HOST_TRIMMED((rules, table, it) ->
      real(
          rules,
          table,
          new Request(it.method(), it.host().replaceFirst("\\.*(:.*)?$", ""), it.target()))),
  LETTER_CASE_IGNORED(target(it -> it.toLowerCase(Locale.ROOT))),
  AMBIGUITY_FORGOTTEN((rules, table, request) ->
      real(rules, table, request)
          .map(match ->
              match instanceof Ambiguous
                  ? rules.stream()
                      .flatMap(rule -> real(rules, table(List.of(rule)), request).stream())
                      .filter(Covered.class::isInstance)
                      .findFirst()
                      .orElse(match)
                  : match)),
  DOT_SEGMENTS_RESOLVED(target(it -> it.replaceAll("/[^/?]+/\\.\\.(?=/|$)|/\\.(?=/|$)", ""))),
  ESCAPED_DOTS_PASS(target(it -> it.replaceAll("(?i)(?<=/)(\\.|%2e){1,2}(?=/|$)", "zz"))),
  EMPTY_SEGMENTS_MERGED(target(it -> it.replaceAll("//+", "/"))),
  PARAMETERS_CUT(target(it -> it.replaceAll(";[^/?]*", ""))),
  ESCAPED_SLASHES_DECODED(target(it -> it.replaceAll("(?i)%2F", "/"))),
  ESCAPED_SEMICOLON_IS_ONE(target(it -> it.replaceAll("(?i)%3B", ";"))),
  BACKSLASH_IS_A_SLASH(target(it -> it.replaceAll("(?i)\\\\|%5C", "/"))),
  CONTROLS_DROPPED(target(it -> it.replaceAll("(?i)%0[0-9a-f]|%7F", ""))),
  BROKEN_UTF_8_PASSES(target(it -> it.replace("%C0%AE", "zz").replace("%ED%A0%80", "zz"))),
  DECODED_TWICE(target(it -> it.replace("%25", "%"))),
  QUERY_KEPT(target(it -> it.replace('?', '/'))),
  FRAGMENT_CUT(target(it -> it.replaceFirst("#.*", ""))),
  LAST_SLASH_COUNTS(target(it -> it.length() > 1 && it.endsWith("/") ? it + "zz" : it)),
  OPAQUE_EVERYWHERE(
      rules(
          each(it ->
              it.isPublic() || !it.path().isOpen()
                  ? it
                  : with(it, it.host(), EnumSet.allOf(Opaque.class))))),
  OPAQUE_NOWHERE(rules(each(it -> with(it, it.host(), Set.of())))),
  ACCOUNT_LEFT_ESCAPED((rules, table, request) ->
      real(rules, table, request)
          .map(match ->
              match instanceof Covered(RouteRule rule, var account) && account != null
                  ? new Covered(rule, URLEncoder.encode(account, StandardCharsets.UTF_8))
                  : match));

  // Lambdas here hold no state, which Error Prone cannot know of an interface it does not own.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Matching matching;

  RouteMutants(Matching matching) {
    this.matching = matching;
  }

  @Override
  public Optional<RouteMatch> match(List<RouteRule> rules, RouteTable table, Request request) {
    return matching.match(rules, table, request);
  }

  private static Matching target(UnaryOperator<String> change) {
    return (rules, table, it) ->
        real(rules, table, new Request(it.method(), it.host(), change.apply(it.target())));
  }

  /** The answer names a rule as it was, if there is one of its scopes. */
  private static Matching rules(UnaryOperator<List<RouteRule>> change) {
    return (rules, _, request) ->
        real(rules, table(change.apply(rules)), request)
            .map(match ->
                match instanceof Covered(RouteRule rule, String account)
                    ? new Covered(original(rules, rule), account)
                    : match);
  }

  private static RouteRule original(List<RouteRule> rules, RouteRule changed) {
    return rules.stream()
        .filter(rule ->
            rule.path().equals(changed.path())
                && rule.methods().equals(changed.methods())
                && rule.scopes().equals(changed.scopes()))
        .findFirst()
        .orElse(changed);
  }

  private static UnaryOperator<List<RouteRule>> each(Function<RouteRule, RouteRule> change) {
    return rules -> rules.stream().map(change).toList();
  }

  private static RouteRule with(RouteRule it, @Nullable HostName host, Set<Opaque> opaque) {
    return new RouteRule(host, it.path(), it.methods(), it.scopes(), it.isPublic(), opaque);
  }
}
