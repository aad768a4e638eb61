package dev.consentry.cli.bench;

import java.util.Locale;

/** A drawing of a plot, in the colours that the page gives its classes. */
final class Svg {
  static final double WIDTH = 880;
  static final double HEIGHT = 320;
  static final double LEFT = 76;
  static final double RIGHT = WIDTH - 16;
  static final double TOP = 24;
  static final double BOTTOM = HEIGHT - 46;

  private static final double CHAR_WIDTH = 7;

  /** From here on a mark's name would stand out over the edge. */
  private static final double AT_THE_EDGE = 0.98;

  private final StringBuilder out = new StringBuilder();

  /**
   * Starts a drawing.
   *
   * @param title what it shows, for those who cannot see it
   */
  Svg(String title) {
    add(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">",
            WIDTH,
            HEIGHT,
            Html.escaped(title)));
  }

  /** A point from 0 to 1 on the horizontal axis. */
  static double x(double part) {
    return LEFT + part * (RIGHT - LEFT);
  }

  /** A point from 0 to 1 on the vertical axis. */
  static double y(double part) {
    return BOTTOM - part * (BOTTOM - TOP);
  }

  /** A mark on the vertical axis, and a line across. */
  Svg row(double part, String label) {
    double y = y(part);
    line("grid", LEFT, y, RIGHT, y);
    return text("tick", "end", LEFT - 10, y + 4, label);
  }

  /** A mark on the horizontal axis, and a line up. */
  Svg column(double part, String label) {
    double x = x(part);
    line("grid", x, TOP, x, BOTTOM);
    return text("tick", part < AT_THE_EDGE ? "middle" : "end", x, BOTTOM + 20, label);
  }

  /** What the axes measure. */
  Svg axes(String horizontal, String vertical) {
    line("axis", LEFT, BOTTOM, RIGHT, BOTTOM);
    text("name", "end", RIGHT, HEIGHT - 6, horizontal);
    return text("name", "start", 0, 10, vertical);
  }

  Svg line(String style, double x1, double y1, double x2, double y2) {
    return add(
        String.format(
            Locale.ROOT,
            "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
            style,
            x1,
            y1,
            x2,
            y2));
  }

  Svg path(String style, String data) {
    return add(String.format(Locale.ROOT, "<path class=\"%s\" d=\"%s\"/>", style, data));
  }

  Svg text(String style, String anchor, double x, double y, String text) {
    return add(
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>",
            style,
            anchor,
            x,
            y,
            Html.escaped(text)));
  }

  /** A point of a rising line, with what it says above on the left, or below where no room is. */
  Svg point(double x, double y, String label) {
    add(
        String.format(
            Locale.ROOT, "<circle class=\"point\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>", x, y));
    return x - label.length() * CHAR_WIDTH > LEFT
        ? text("value", "end", x - 8, y - 8, label)
        : text("value", "start", x + 6, y + 18, label);
  }

  @Override
  public String toString() {
    return out + "</svg>\n";
  }

  /** A number in a path. */
  static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private Svg add(String element) {
    out.append(element).append('\n');
    return this;
  }
}
