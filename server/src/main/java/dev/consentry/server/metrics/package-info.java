/** What this process has done, in numbers. */
@NullMarked
package dev.consentry.server.metrics;

import org.jspecify.annotations.NullMarked;
