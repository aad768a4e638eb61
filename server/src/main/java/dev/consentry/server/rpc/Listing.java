package dev.consentry.server.rpc;

import dev.consentry.server.consent.PageTokens;
import org.jspecify.annotations.Nullable;

/**
 * A page that somebody asked for.
 *
 * @param rows at most so many
 * @param after the key of the last row of the page before; null for the first page
 * @param tokens of pages under this filter
 */
record Listing<F, K>(F filter, int rows, @Nullable K after, PageTokens tokens) {}
