/**
 * Where grants, apps and their history are kept. The only package that knows SQL. One thread
 * commits what is queued, in groups; a commit makes a change visible, the sync makes it true.
 */
@NullMarked
package dev.consentry.server.store;

import org.jspecify.annotations.NullMarked;
