package dev.consentry.server.http.authzen;

/** A subject or a resource, by its name. */
record Entity(String type, String id) {}
