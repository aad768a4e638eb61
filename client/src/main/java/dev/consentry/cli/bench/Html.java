package dev.consentry.cli.bench;

/** How text stands in a page. */
final class Html {
  private Html() {}

  /** A text that is no markup. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
