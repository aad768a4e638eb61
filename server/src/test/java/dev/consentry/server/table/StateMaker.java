package dev.consentry.server.table;

/** The constructor of {@link TableState}, or of a mutant: a variant that leaves one step out. */
@FunctionalInterface
interface StateMaker {
  TableState make(
      Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads);
}
