/** Tests of what the server says in lines of JSON, and where it puts them. */
@NullMarked
package dev.consentry.server.log;

import org.jspecify.annotations.NullMarked;
