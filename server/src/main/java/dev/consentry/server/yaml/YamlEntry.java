package dev.consentry.server.yaml;

import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.yaml.YamlProblems.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A mapping in a YAML file, read strictly. Whatever is asked of it and is not there, or not right,
 * becomes a problem, and comes back empty.
 */
public final class YamlEntry {
  private final Place place;
  private final Map<String, Yaml> values = new HashMap<>();
  private final YamlProblems problems;
  private boolean isSound = true;

  private YamlEntry(Place place, YamlProblems problems) {
    this.place = place;
    this.problems = problems;
  }

  /** A text, and where it stands. */
  public record Value(String text, Place place) {}

  /** What stands there, as a mapping with no other keys than these. */
  public static Optional<YamlEntry> read(
      Yaml yaml, Place place, List<String> keys, YamlProblems problems) {
    if (!(yaml instanceof Yaml.Mapping mapping)) {
      problems.add(place, "must be `key: value`, the keys being " + words(keys));
      return Optional.empty();
    }
    var entry = new YamlEntry(place, problems);
    for (Yaml.Field field : mapping.fields()) {
      String key = field.key().value();
      var at = new Place(place.words(), field.key().line());
      if (!keys.contains(key)) {
        entry.problem(
            at, "unknown key: %s; known are %s".formatted(problems.shown(key), words(keys)));
      } else if (entry.values.putIfAbsent(key, field.value()) != null) {
        entry.problem(at, "`%s` stands there twice".formatted(key));
      }
    }
    return Optional.of(entry);
  }

  private static String words(List<String> keys) {
    return "`" + String.join("`, `", keys) + "`";
  }

  public Place place() {
    return place;
  }

  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** Whether nothing has been wrong so far, entries inside of it aside. */
  public boolean isSound() {
    return isSound;
  }

  public void problem(String problem) {
    problem(place, problem);
  }

  /** Something is wrong with what stands under a key that is there. */
  public void problem(String key, String problem) {
    problem(placeOf(key), problem);
  }

  private void problem(Place at, String problem) {
    isSound = false;
    problems.add(at, problem);
  }

  /** The value of a key that may be left out, and is shown if it is wrong. */
  public <T> Optional<T> optional(String key, Function<String, T> parse) {
    return has(key) ? value(key, parse) : Optional.empty();
  }

  /** Whether a key is there that says {@code true}. */
  public boolean flag(String key) {
    return optional(key, YamlEntry::truth).orElse(false);
  }

  private static boolean truth(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new InvalidValueException("must be `true` or `false`");
    };
  }

  /** The value of a key that has to be there, and is shown if it is wrong. */
  public <T> Optional<T> value(String key, Function<String, T> parse) {
    return text(key).flatMap(value -> parsed(value, parse, true));
  }

  /** The value of a key that has to be there, and is never shown: it may be a secret. */
  public <T> Optional<T> unshown(String key, Function<String, T> parse) {
    return text(key).flatMap(value -> parsed(value, parse, false));
  }

  /** All values of a list that has to be there. */
  public <T> List<T> values(String key, int max, String ifEmpty, Function<String, T> parse) {
    var texts = new ArrayList<T>();
    List<Yaml> items = items(key, max, ifEmpty);
    for (int i = 0; i < items.size(); i++) {
      Place at = placeOf(key).of("number " + (i + 1), items.get(i).line());
      text(items.get(i), at).flatMap(value -> parsed(value, parse, true)).ifPresent(texts::add);
    }
    return texts;
  }

  /**
   * All mappings of a list that has to be there.
   *
   * @param word for one of them
   */
  public List<YamlEntry> entries(String key, String word, int max, List<String> keys) {
    var entries = new ArrayList<YamlEntry>();
    List<Yaml> items = items(key, max, "");
    for (int i = 0; i < items.size(); i++) {
      Place at = place.of("%s %d".formatted(word, i + 1), items.get(i).line());
      Optional<YamlEntry> entry = read(items.get(i), at, keys, problems);
      isSound &= entry.isPresent();
      entry.ifPresent(entries::add);
    }
    return entries;
  }

  /** What stands under a key that has to be there, as a mapping with no other keys than these. */
  public Optional<YamlEntry> child(String key, List<String> keys) {
    Yaml value = values.get(key);
    if (value == null) {
      problem("must have `%s`".formatted(key));
      return Optional.empty();
    }
    return inner(value, placeOf(key), keys);
  }

  /**
   * What stands under a key that has to be there: mappings, by their names.
   *
   * @param word for one of them
   */
  public Map<String, YamlEntry> children(String key, String word, int max, List<String> keys) {
    var children = new LinkedHashMap<String, YamlEntry>();
    if (!(values.get(key) instanceof Yaml.Mapping(int _, List<Yaml.Field> fields))
        || fields.isEmpty()
        || fields.size() > max) {
      problem(key, "must be 1 to %d times `NAME: …`".formatted(max));
      return children;
    }
    for (Yaml.Field field : fields) {
      String name = field.key().value();
      Place at = place.of("%s %s".formatted(word, problems.shown(name)), field.key().line());
      if (children.containsKey(name)) {
        problem(at, "stands there twice");
      }
      inner(field.value(), at, keys).ifPresent(child -> children.put(name, child));
    }
    return children;
  }

  private Optional<YamlEntry> inner(Yaml value, Place at, List<String> keys) {
    Optional<YamlEntry> entry = read(value, at, keys, problems);
    isSound &= entry.isPresent();
    return entry;
  }

  /** Whether a key is there with one value, not a list or more keys. */
  public boolean isText(String key) {
    return values.get(key) instanceof Yaml.Text;
  }

  private List<Yaml> items(String key, int max, String ifEmpty) {
    Yaml value = values.get(key);
    if (value == null) {
      problem("must have `%s`, a list".formatted(key));
    } else if (!(value instanceof Yaml.Sequence(int _, List<Yaml> items))) {
      problem(key, "must be a list");
    } else if (items.isEmpty()) {
      problem(key, "must not be empty" + ifEmpty);
    } else if (items.size() > max) {
      problem(key, "must be at most %,d, are %,d".formatted(max, items.size()));
    } else {
      return items;
    }
    return List.of();
  }

  private Optional<Value> text(String key) {
    Yaml value = values.get(key);
    if (value == null) {
      problem("must have `%s`".formatted(key));
      return Optional.empty();
    }
    return text(value, placeOf(key));
  }

  private Optional<Value> text(Yaml value, Place at) {
    if (value instanceof Yaml.Text(int _, String text)) {
      return Optional.of(new Value(text, at));
    }
    problem(at, "must be one value");
    return Optional.empty();
  }

  private <T> Optional<T> parsed(Value value, Function<String, T> parse, boolean isShown) {
    try {
      return Optional.of(parse.apply(value.text()));
    } catch (InvalidValueException e) {
      String is = isShown ? "; is " + problems.shown(value.text()) : "";
      problem(value.place(), e.problem() + is);
      return Optional.empty();
    }
  }

  private Place placeOf(String key) {
    Yaml value = values.get(key);
    return place.of("`%s`".formatted(key), value == null ? place.line() : value.line());
  }
}
