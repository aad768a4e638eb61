/** The contract, as a caller meets it. */
@NullMarked
package dev.consentry.server.rpc;

import org.jspecify.annotations.NullMarked;
