package dev.consentry.server.gateway;

import dev.consentry.server.decision.InvalidValueException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Paths that look alike: {@code /accounts/{account}/invoices/**}. A segment in braces is any one
 * segment, {@code **} the rest, or nothing. All else is compared as it is, escapes in one form.
 */
public final class PathTemplate {
  public static final int SEGMENTS_MAX = 64;

  /** The name that means the account. Others mean nothing but to those who read them. */
  static final String ACCOUNT = "{account}";

  private static final String REST = "**";

  /** A segment that no literal is like, because no path has a control. */
  private static final String UNLIKE_ANY = "/\0";

  private static final Pattern NAMED = Pattern.compile("\\{[A-Za-z_][A-Za-z0-9_]{0,63}}");

  private final String text;

  /** With their slashes; null for any. */
  private final @Nullable String[] segments;

  /** {@link Escapes#folded}. */
  private final @Nullable String[] folded;

  private final boolean hasRest;

  /** Which segment names the account; -1 if none does. */
  private final int account;

  private PathTemplate(List<@Nullable String> segments, boolean hasRest, int account, String text) {
    this.segments = segments.toArray(String[]::new);
    this.folded = new @Nullable String[this.segments.length];
    for (int i = 0; i < folded.length; i++) {
      String segment = this.segments[i];
      folded[i] = segment == null ? null : Escapes.folded(segment);
    }
    this.hasRest = hasRest;
    this.account = account;
    this.text = text;
  }

  /**
   * Reads a template.
   *
   * @throws InvalidValueException if it is none, or if it has what no path may have
   */
  public static PathTemplate parse(String text) {
    if (!text.startsWith("/")) {
      throw new InvalidValueException("must begin with `/`");
    }
    if (text.length() > RequestPath.PATH_LENGTH_MAX) {
      throw new InvalidValueException(
          "must have at most %,d characters, has %,d"
              .formatted(RequestPath.PATH_LENGTH_MAX, text.length()));
    }
    List<String> written = written(text);
    boolean hasRest = !written.isEmpty() && written.getLast().equals(REST);
    var segments = new ArrayList<@Nullable String>();
    var names = new HashSet<String>();
    var normalized = new StringBuilder();
    int account = -1;
    for (String word : hasRest ? written.subList(0, written.size() - 1) : written) {
      if (NAMED.matcher(word).matches()) {
        if (word.equalsIgnoreCase(ACCOUNT) && !word.equals(ACCOUNT)) {
          throw new InvalidValueException(
              "must have `%s` in lower case: `%s` would be compared with nothing"
                  .formatted(ACCOUNT, word));
        }
        if (!names.add(word)) {
          throw new InvalidValueException("must not have `%s` twice".formatted(word));
        }
        account = word.equals(ACCOUNT) ? segments.size() : account;
        segments.add(null);
        normalized.append('/').append(word);
      } else {
        String literal = literal(word);
        segments.add(literal);
        normalized.append(literal);
      }
    }
    normalized.append(hasRest ? "/" + REST : "");
    return new PathTemplate(
        segments, hasRest, account, normalized.isEmpty() ? "/" : normalized.toString());
  }

  private static List<String> written(String text) {
    String inner = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    List<String> words = inner.isEmpty() ? List.of() : List.of(inner.substring(1).split("/", -1));
    if (words.size() > SEGMENTS_MAX) {
      throw new InvalidValueException(
          "must have at most %d segments, has %,d".formatted(SEGMENTS_MAX, words.size()));
    }
    return words;
  }

  private static String literal(String word) {
    if (word.indexOf('{') >= 0 || word.indexOf('}') >= 0) {
      throw new InvalidValueException(
          "must have braces around a whole segment only, which is a name of letters, digits and `_`");
    }
    if (word.indexOf('*') >= 0) {
      throw new InvalidValueException(
          "must have no `*` but `**` at the end: `{name}` stands for one segment");
    }
    if (word.isEmpty()) {
      throw new InvalidValueException("must have no empty segment");
    }
    if (word.indexOf('?') >= 0) {
      throw new InvalidValueException("must have no `?`: the query is not looked at");
    }
    try {
      return RequestPath.parse("/" + word).toString();
    } catch (UnsafeRequestException e) {
      throw new InvalidValueException("must be what a path can be: " + e.problem());
    }
  }

  /** Whether a path looks like this. */
  public boolean matches(RequestPath path) {
    return matches(segments, path.text(), path.end());
  }

  /** Whether it would to somebody who decodes it and ignores letter case. */
  boolean matchesFolded(RequestPath path) {
    return matches(folded, path.folded(), path.foldedEnd());
  }

  private boolean matches(@Nullable String[] segments, String text, int end) {
    int at = 0;
    for (String segment : segments) {
      if (at == end) {
        return false;
      }
      int next;
      if (segment == null) {
        next = segmentEnd(text, at + 1, end);
      } else {
        next = at + segment.length();
        if (next > end
            || !text.startsWith(segment, at)
            || (next < end && text.charAt(next) != '/')) {
          return false;
        }
      }
      at = next;
    }
    return hasRest || at == end;
  }

  private static int segmentEnd(String text, int from, int end) {
    int slash = text.indexOf('/', from, end);
    return slash < 0 ? end : slash;
  }

  /** Whether one of its segments names the account. */
  public boolean hasAccount() {
    return account >= 0;
  }

  /**
   * The account that a path names, decoded once: any text, perhaps no account's id; null if the
   * template has none.
   *
   * @param path one that matches
   */
  public @Nullable String accountIn(RequestPath path) {
    if (account < 0) {
      return null;
    }
    int at = 0;
    for (int i = 0; i < account; i++) {
      at = segmentEnd(path.text(), at + 1, path.end());
    }
    int end = segmentEnd(path.text(), at + 1, path.end());
    return Escapes.decoded(path.text().substring(at + 1, end));
  }

  /** Whether there is anything but literals. */
  boolean isOpen() {
    return hasRest || Arrays.asList(segments).contains(null);
  }

  /*
   * Two paths of as many segments differ only in what stands for the names. If these are like no
   * literal, and another template matches nevertheless, then it matches all such paths. And to all
   * templates, all paths are alike that have more segments than any of them.
   */
  /**
   * Which of these templates it takes, by their index, to match every path of this one, to somebody
   * who decodes it and ignores letter case.
   *
   * @return empty if it has a path of its own
   */
  Set<Integer> coveredBy(List<PathTemplate> others) {
    int longest = segments.length;
    if (hasRest) {
      for (PathTemplate other : others) {
        longest = Math.max(longest, other.segments.length + 1);
      }
    }
    var covering = new LinkedHashSet<Integer>();
    String path = example(longest);
    int end = example(segments.length).length();
    for (int length = segments.length; length <= longest; length++) {
      int first = firstOf(others, path, end);
      if (first == others.size()) {
        return Set.of();
      }
      covering.add(first);
      end += UNLIKE_ANY.length();
    }
    return covering;
  }

  private static int firstOf(List<PathTemplate> all, String path, int end) {
    int i = 0;
    while (i < all.size() && !all.get(i).matches(all.get(i).folded, path, end)) {
      i++;
    }
    return i;
  }

  /** A path of so many segments, folded; the names and the rest are like no literal. */
  private String example(int length) {
    var path = new StringBuilder();
    for (int i = 0; i < length; i++) {
      String literal = i < folded.length ? folded[i] : null;
      path.append(literal == null ? UNLIKE_ANY : literal);
    }
    return path.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PathTemplate template && template.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The template, escapes in one form, without a {@code /} at the end. */
  @Override
  public String toString() {
    return text;
  }
}
