/**
 * The contract over gRPC: message to domain, ask, domain to message. The only package that knows
 * {@code dev.consentry.v1}; it decides nothing.
 */
@NullMarked
package dev.consentry.server.rpc;

import org.jspecify.annotations.NullMarked;
