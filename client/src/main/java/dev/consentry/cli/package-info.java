/**
 * The {@code consentry} command: apps, grants, checks and history on a terminal or in a script.
 *
 * <p>Results go to standard output, everything else to standard error. Exit 0 is done or ALLOW, 1
 * is DENY, 2 is anything else.
 */
@NullMarked
package dev.consentry.cli;

import org.jspecify.annotations.NullMarked;
