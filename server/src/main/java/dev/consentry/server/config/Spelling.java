package dev.consentry.server.config;

import java.util.Collection;
import java.util.Comparator;

/** What somebody may have meant. */
final class Spelling {
  private Spelling() {}

  /** {@code " (did you mean `…`?)"}, or nothing if no word is near. */
  static String suggestion(String word, Collection<String> words) {
    int farthest = Math.max(1, word.length() / 3);
    return words.stream()
        .filter(known -> distance(word, known) <= farthest)
        .min(Comparator.comparingInt(known -> distance(word, known)))
        .map(" (did you mean `%s`?)"::formatted)
        .orElse("");
  }

  /** How many letters have to be put in, taken out or changed (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
