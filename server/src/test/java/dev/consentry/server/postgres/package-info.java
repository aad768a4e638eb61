/** A real PostgreSQL for tests, and what can go wrong with it. */
@NullMarked
package dev.consentry.server.postgres;

import org.jspecify.annotations.NullMarked;
