package dev.consentry.server.yaml;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;

/** What is wrong with a YAML file: bounded, visible ASCII of what stands there, and no secret. */
public final class YamlProblems {
  /** No more of them are told one by one. */
  public static final int TOLD_MAX = 50;

  /** More of a value that is wrong is not shown. */
  public static final int SHOWN_LENGTH_MAX = 80;

  private final UnaryOperator<String> hidden;
  private final List<Told> told = new ArrayList<>();
  private int untold;

  /**
   * Nothing is wrong yet.
   *
   * @param hidden takes out of a text what nobody may see
   */
  public YamlProblems(UnaryOperator<String> hidden) {
    this.hidden = hidden;
  }

  private record Told(int line, String problem) {}

  /** Where something stands: in words, and the line. */
  public record Place(String words, int line) {
    /** Inside of that. */
    public Place of(String inner, int innerLine) {
      return new Place(words.isEmpty() ? inner : words + ", " + inner, innerLine);
    }

    @Override
    public String toString() {
      return words.isEmpty() ? "line " + line : "%s (line %d)".formatted(words, line);
    }
  }

  public void add(Place place, String problem) {
    add(place.line(), "%s: %s".formatted(place, problem));
  }

  /** Of the file as a whole. */
  public void add(String problem) {
    add(0, problem);
  }

  private void add(int line, String problem) {
    if (told.size() < TOLD_MAX) {
      told.add(new Told(line, hidden.apply(problem)));
    } else {
      untold++;
    }
  }

  /** One sentence each, in the order of the file. */
  public List<String> all() {
    var all = new ArrayList<String>();
    told.stream().sorted(Comparator.comparingInt(Told::line)).map(Told::problem).forEach(all::add);
    if (untold > 0) {
      all.add("and %d more".formatted(untold));
    }
    return all;
  }

  /** A value in backticks, as it may be shown on a terminal. */
  public String shown(String value) {
    // A token is not hidden once it is cut.
    String visible = hidden.apply(value);
    var shown = new StringBuilder("`");
    visible
        .codePoints()
        .limit(SHOWN_LENGTH_MAX)
        .forEach(c -> {
          if (c == '…' || (c >= ' ' && c <= '~')) {
            shown.appendCodePoint(c);
          } else {
            shown.append("<U+%04X>".formatted(c));
          }
        });
    return shown.append(visible.length() > SHOWN_LENGTH_MAX ? "…`" : "`").toString();
  }
}
