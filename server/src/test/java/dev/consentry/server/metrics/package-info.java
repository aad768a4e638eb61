/** Tests of what the server says of itself in numbers. */
@NullMarked
package dev.consentry.server.metrics;

import org.jspecify.annotations.NullMarked;
