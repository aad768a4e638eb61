/**
 * The grant table: what was decided about is kept in memory, and never stale. The protocol is that
 * of the design note {@code consistency.md}; the reasons for its steps stand in {@code
 * docs/decisions.md}.
 */
@NullMarked
package dev.consentry.server.table;

import org.jspecify.annotations.NullMarked;
