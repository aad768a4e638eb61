/**
 * The door that speaks AuthZEN 1.0 (OpenID Authorization API 1.0): evaluations, searches and
 * discovery in JSON. It decides nothing: what it is asked becomes a question to the table, or a
 * read of the store.
 */
@NullMarked
package dev.consentry.server.http.authzen;

import org.jspecify.annotations.NullMarked;
