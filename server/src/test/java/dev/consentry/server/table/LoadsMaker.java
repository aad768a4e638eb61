package dev.consentry.server.table;

import dev.consentry.server.consent.GrantSource;
import java.util.concurrent.Executor;

/** The constructor of {@link Loads}, or of a mutant. */
@FunctionalInterface
interface LoadsMaker {
  Loads make(GrantSource source, Freshness freshness, Executor virtualThreads);
}
