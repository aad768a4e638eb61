/**
 * What administrators and operators do: the app registry, preview, grant, replace, revoke. Its
 * rules are pure: a command and the current rows in, a change or a refusal out. It declares the
 * ports that the store and the table implement.
 */
@NullMarked
package dev.consentry.server.consent;

import org.jspecify.annotations.NullMarked;
