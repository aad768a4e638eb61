/** What a gateway's request asks, and what its answer is; pure. */
@NullMarked
package dev.consentry.server.gateway;

import org.jspecify.annotations.NullMarked;
