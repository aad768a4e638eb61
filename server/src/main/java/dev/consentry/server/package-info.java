/**
 * The process: its command line, what it is put together from, and how it starts and stops. The one
 * composition root is {@code ConsentryServer}.
 */
@NullMarked
package dev.consentry.server;

import org.jspecify.annotations.NullMarked;
