package dev.consentry.server.gateway;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The door of AuthZEN 1.0.
 *
 * @param baseUrl under which the world knows this decision point; null if it tells nobody
 * @param subjectType what {@code subject.type} has to be
 * @param resourceType what {@code resource.type} has to be
 */
public record AuthZenSettings(@Nullable URI baseUrl, String subjectType, String resourceType) {
  public static final String SUBJECT_TYPE = "app";
  public static final String RESOURCE_TYPE = "account";
}
