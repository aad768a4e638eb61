/** What clients saw, judged against the log: the way the promises of the design note are proved. */
@NullMarked
package dev.consentry.server.history;

import org.jspecify.annotations.NullMarked;
