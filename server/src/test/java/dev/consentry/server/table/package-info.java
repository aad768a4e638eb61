/** The grant table under races that are forced, and explored. */
@NullMarked
package dev.consentry.server.table;

import org.jspecify.annotations.NullMarked;
