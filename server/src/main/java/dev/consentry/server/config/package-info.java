/**
 * How the server is configured: one record, its settings from flags, environment and one file, and
 * every problem told at once.
 */
@NullMarked
package dev.consentry.server.config;

import org.jspecify.annotations.NullMarked;
