package dev.consentry.server.http.authzen;

/** What is asked once: of the right form, whether or not there is such a thing. */
record Evaluation(Entity subject, String action, Entity resource, Requirement requirement) {}
