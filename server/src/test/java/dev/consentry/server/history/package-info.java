/** Histories of a whole server, recorded by its callers and judged afterwards. */
@NullMarked
package dev.consentry.server.history;

import org.jspecify.annotations.NullMarked;
