package dev.consentry.server.gateway;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.yaml.YamlEntry;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads rules from YAML, and goes on where something is wrong, so that all of it is found. */
public final class RouteReader {
  private static final List<String> KEYS =
      List.of("host", "path", "methods", "scopes", "public", "opaque");

  private RouteReader() {}

  /**
   * The table whose rules are the list under a key, which has to be there.
   *
   * @return empty if anything is wrong with it, which is among the problems then
   */
  public static Optional<RouteTable> table(YamlEntry parent, String key) {
    var compiler = new RouteCompiler();
    List<YamlEntry> entries = parent.entries(key, "route", RouteTable.RULES_MAX, KEYS);
    boolean isSound = !entries.isEmpty() && parent.isSound();
    for (YamlEntry entry : entries) {
      rule(entry)
          .ifPresent(rule -> {
            String problem = compiler.add(rule, "%s (`%s`)".formatted(entry.place(), rule));
            if (problem != null) {
              entry.problem(problem);
            }
          });
      isSound &= entry.isSound();
    }
    return isSound ? Optional.of(compiler.table()) : Optional.empty();
  }

  /** One rule; empty if anything is wrong with it. */
  static Optional<RouteRule> rule(YamlEntry entry) {
    Optional<HostName> host = entry.optional("host", HostName::new);
    Optional<PathTemplate> path = entry.value("path", PathTemplate::parse);
    List<String> methods =
        entry.values("methods", RouteRule.METHODS_MAX, "", once(RouteRule::requireMethod));
    boolean isPublic = entry.flag("public");
    List<Scope> scopes =
        isPublic && !entry.has("scopes")
            ? List.of()
            : entry.values("scopes", CheckQuestion.SCOPES_PER_CHECK_MAX, "", once(Scope::new));
    var opaque = EnumSet.noneOf(Opaque.class);
    if (entry.has("opaque")) {
      opaque.addAll(entry.values("opaque", Opaque.values().length, "", once(RouteReader::opaque)));
    }
    if (path.isEmpty() || !entry.isSound()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new RouteRule(
              host.orElse(null),
              path.get(),
              new LinkedHashSet<>(methods),
              scopes,
              isPublic,
              opaque));
    } catch (InvalidValueException e) {
      entry.problem(e.problem());
      return Optional.empty();
    }
  }

  private static Opaque opaque(String text) {
    return Opaque.of(text)
        .orElseThrow(() -> new InvalidValueException("must be one of " + Opaque.texts()));
  }

  /** A reader of values that refuses one that has been there before. */
  private static <T> Function<String, T> once(Function<String, T> parse) {
    Set<T> seen = new HashSet<>();
    return text -> {
      T value = parse.apply(text);
      if (!seen.add(value)) {
        throw new InvalidValueException("stands there twice");
      }
      return value;
    };
  }
}
