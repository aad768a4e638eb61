/** The doors for gateways, open: asks who comes and what they may, whatever the gateway speaks. */
@NullMarked
package dev.consentry.server.door;

import org.jspecify.annotations.NullMarked;
