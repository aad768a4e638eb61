/**
 * What loads the server, and what measures its parts: programs, not tests. {@code .ci/bench} runs
 * them.
 */
@NullMarked
package dev.consentry.server.bench;

import org.jspecify.annotations.NullMarked;
