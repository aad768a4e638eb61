/** Tests of the HTTP port over real sockets. */
@NullMarked
package dev.consentry.server.http;

import org.jspecify.annotations.NullMarked;
