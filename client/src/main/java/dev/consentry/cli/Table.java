package dev.consentry.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows of text under one another, in columns. */
final class Table {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  private Table() {}

  /** A table with a heading over each column. */
  static Table of(String... headings) {
    return new Table().row(headings);
  }

  /** A table without headings: a name and what belongs to it in each row. */
  static Table plain() {
    return new Table();
  }

  /** Adds a row; empty cells of a table with headings show as a dash. */
  Table row(String... cells) {
    List<String> row = new ArrayList<>(cells.length);
    for (String cell : cells) {
      row.add(Names.printable(cell));
    }
    rows.add(row);
    return this;
  }

  /** Adds a row unless its value is empty. */
  Table given(String name, String value) {
    return value.isEmpty() ? this : row(name, value);
  }

  /** Adds a row for each value, the name beside the first. */
  Table each(String name, List<String> values) {
    for (int i = 0; i < values.size(); i++) {
      row(i == 0 ? name : "", values.get(i));
    }
    return this;
  }

  /** The lines, each with its end. */
  @Override
  public String toString() {
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        int width = width(row.get(i));
        if (i == widths.size()) {
          widths.add(width);
        } else if (widths.get(i) < width) {
          widths.set(i, width);
        }
      }
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String cell = row.get(i);
        line.append(cell).append(" ".repeat(widths.get(i) - width(cell))).append(GAP);
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }
}
