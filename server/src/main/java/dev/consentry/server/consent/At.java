package dev.consentry.server.consent;

/** A value, and the revision at which it is the truth. */
public record At<T>(T value, Revision revision) {}
