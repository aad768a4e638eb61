package dev.consentry.server.table;

import dev.consentry.server.consent.Revision;

/**
 * How far the table has followed the log. One immutable record, published by one write, after the
 * entries.
 *
 * @param revision every entry below it is true at it
 * @param provedAt when this was the store's last revision
 */
record Progress(Revision revision, Stamp provedAt) {}
