package dev.consentry.server.table;

import dev.consentry.server.consent.Revision;

/** The constructor of {@link TableState}, or of a mutant: a variant that leaves one step out. */
@FunctionalInterface
interface StateMaker {
  TableState make(
      Revision start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads);
}
