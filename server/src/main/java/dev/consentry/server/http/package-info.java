/**
 * The HTTP port: probes, metrics, and the doors that speak HTTP. Services see {@link
 * dev.consentry.server.http.HttpCall}; what serves them stays in here.
 */
@NullMarked
package dev.consentry.server.http;

import org.jspecify.annotations.NullMarked;
