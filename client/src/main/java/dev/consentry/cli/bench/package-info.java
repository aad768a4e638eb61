/**
 * A load generator for checks: what is asked, how it is sent, and what came of it.
 *
 * <p>Knows nothing of the command line. A {@link dev.consentry.cli.bench.Load} is given {@link
 * dev.consentry.cli.bench.Settings} and makes a {@link dev.consentry.cli.bench.Report}.
 */
@NullMarked
package dev.consentry.cli.bench;

import org.jspecify.annotations.NullMarked;
