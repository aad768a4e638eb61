/**
 * The Java client of Consentry, for gateways, services and consoles.
 *
 * <p>{@link dev.consentry.client.ConsentryClient} is the way in. It fails closed: whatever is not a
 * plain ALLOW of the server, be it an exception, an unset or an unknown value, is never {@link
 * dev.consentry.client.CheckResult#allowed() allowed}.
 */
@NullMarked
package dev.consentry.client;

import org.jspecify.annotations.NullMarked;
