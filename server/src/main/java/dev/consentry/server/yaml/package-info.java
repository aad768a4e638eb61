/** Reads YAML strictly, and says where everything stands that is wrong. */
@NullMarked
package dev.consentry.server.yaml;

import org.jspecify.annotations.NullMarked;
