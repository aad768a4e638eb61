/** The door of AuthZEN, as its callers meet it. */
@NullMarked
package dev.consentry.server.http.authzen;

import org.jspecify.annotations.NullMarked;
