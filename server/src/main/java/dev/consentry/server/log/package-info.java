/**
 * What the server says in lines of JSON, and where it puts them. Knows nothing of what they say.
 */
@NullMarked
package dev.consentry.server.log;

import org.jspecify.annotations.NullMarked;
