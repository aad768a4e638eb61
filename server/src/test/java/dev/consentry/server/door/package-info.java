/** What tests of doors have in common. */
@NullMarked
package dev.consentry.server.door;

import org.jspecify.annotations.NullMarked;
