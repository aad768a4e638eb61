package dev.consentry.server.security;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is wrong with a YAML file: bounded, visible ASCII of what stands there, and no secret. */
final class YamlProblems {
  /** No more of them are told one by one. */
  static final int TOLD_MAX = 50;

  /** More of a value that is wrong is not shown. */
  static final int SHOWN_LENGTH_MAX = 80;

  private final List<Told> told = new ArrayList<>();
  private int untold;

  private record Told(int line, String problem) {}

  /** Where something stands: in words, and the line. */
  record Place(String words, int line) {
    /** Inside of that. */
    Place of(String inner, int innerLine) {
      return new Place(words.isEmpty() ? inner : words + ", " + inner, innerLine);
    }

    @Override
    public String toString() {
      return words.isEmpty() ? "line " + line : "%s (line %d)".formatted(words, line);
    }
  }

  void add(Place place, String problem) {
    add(place.line(), "%s: %s".formatted(place, problem));
  }

  /** Of the file as a whole. */
  void add(String problem) {
    add(0, problem);
  }

  private void add(int line, String problem) {
    if (told.size() < TOLD_MAX) {
      told.add(new Told(line, PresharedToken.hiddenIn(problem)));
    } else {
      untold++;
    }
  }

  /** One sentence each, in the order of the file. */
  List<String> all() {
    var all = new ArrayList<String>();
    told.stream().sorted(Comparator.comparingInt(Told::line)).map(Told::problem).forEach(all::add);
    if (untold > 0) {
      all.add("and %d more".formatted(untold));
    }
    return all;
  }

  /** A value in backticks, as it may be shown on a terminal. */
  static String shown(String value) {
    // A token is not hidden once it is cut.
    String hidden = PresharedToken.hiddenIn(value);
    var shown = new StringBuilder("`");
    hidden
        .codePoints()
        .limit(SHOWN_LENGTH_MAX)
        .forEach(c -> {
          if (c == '…' || (c >= ' ' && c <= '~')) {
            shown.appendCodePoint(c);
          } else {
            shown.append("<U+%04X>".formatted(c));
          }
        });
    return shown.append(hidden.length() > SHOWN_LENGTH_MAX ? "…`" : "`").toString();
  }
}
