/** Who calls, and what callers may do. Knows nothing of how a credential travels. */
@NullMarked
package dev.consentry.server.security;

import org.jspecify.annotations.NullMarked;
