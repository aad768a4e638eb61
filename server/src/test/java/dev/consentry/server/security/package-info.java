/** Who callers are, and what becomes of those who are nobody. */
@NullMarked
package dev.consentry.server.security;

import org.jspecify.annotations.NullMarked;
