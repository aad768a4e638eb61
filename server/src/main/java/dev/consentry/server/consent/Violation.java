package dev.consentry.server.consent;

/**
 * One thing wrong with a request.
 *
 * @param field the path of the field as the contract spells it, e.g. {@code
 *     app.required_scopes[3].name}
 * @param description what is wrong and what would be right
 */
public record Violation(String field, String description) {}
