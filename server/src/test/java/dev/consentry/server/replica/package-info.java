/** Several servers on one PostgreSQL, while it and the network fail. */
@NullMarked
package dev.consentry.server.replica;

import org.jspecify.annotations.NullMarked;
