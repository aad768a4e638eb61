/** Tests of the reading of files. */
@NullMarked
package dev.consentry.server.yaml;

import org.jspecify.annotations.NullMarked;
