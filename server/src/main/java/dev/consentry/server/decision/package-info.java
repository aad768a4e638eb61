/**
 * What it means for an app to be authorized: ids, scopes, and the pure decision. Knows nothing of
 * stores, caches or transports; imports java.* and JSpecify only.
 */
@NullMarked
package dev.consentry.server.decision;

import org.jspecify.annotations.NullMarked;
