package dev.consentry.server.table;

import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.Standing;

/** What holds for one key, and the revision at which it does. */
public record Truth(Standing standing, Revision at) {}
