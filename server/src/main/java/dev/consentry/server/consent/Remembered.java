package dev.consentry.server.consent;

import org.jspecify.annotations.Nullable;

/**
 * A write that was done before, under the same {@link RequestKey}.
 *
 * @param contentHash of what it asked for
 * @param revision it was answered with
 * @param grant it was answered with, as of then; null if there was none
 */
public record Remembered(ContentHash contentHash, long revision, @Nullable GrantView grant) {}
