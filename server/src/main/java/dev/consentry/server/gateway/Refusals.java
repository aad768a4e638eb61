package dev.consentry.server.gateway;

import dev.consentry.server.gateway.DoorAnswer.Refused;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Says no, so that whoever reads it knows what to do: RFC 6750 §3, RFC 9457, RFC 9728 §5.1. */
final class Refusals {
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final JsonFactory JSON = new JsonFactory();

  private final @Nullable String resourceMetadata;
  private final @Nullable ConsentUri consentUri;

  /**
   * Of one door.
   *
   * @param resourceMetadata where a client learns how to get a token (RFC 9728)
   * @param consentUri where an administrator can grant
   */
  Refusals(@Nullable String resourceMetadata, @Nullable ConsentUri consentUri) {
    this.resourceMetadata = resourceMetadata;
    this.consentUri = consentUri;
  }

  /** Before it is known who asks for what. */
  Refused refused(NotLetThroughException why) {
    return refused(why.reason(), why.detail(), null, null, null);
  }

  /**
   * Says no.
   *
   * @param scopes all that the request needs
   */
  Refused refused(
      Reason reason,
      String detail,
      @Nullable Subject subject,
      @Nullable String scopes,
      @Nullable String revision) {
    return switch (reason.answer()) {
      case UNSAFE ->
          new Refused(reason, BAD_REQUEST, null, body(reason, BAD_REQUEST, detail), null);
      case WHO_ARE_YOU ->
          new Refused(
              reason,
              UNAUTHORIZED,
              challenge(reason == Reason.NO_TOKEN ? null : "invalid_token", detail, null),
              body(reason, UNAUTHORIZED, detail),
              null);
      case MORE_SCOPE ->
          new Refused(
              reason,
              FORBIDDEN,
              challenge("insufficient_scope", null, scopes),
              body(reason, FORBIDDEN, detail, subject, scopes),
              revision);
      case FORBIDDEN ->
          new Refused(
              reason, FORBIDDEN, null, body(reason, FORBIDDEN, detail, subject, scopes), revision);
    };
  }

  /* RFC 6750 §3: without a token there is nothing to say of it. */
  private String challenge(
      @Nullable String error, @Nullable String description, @Nullable String scope) {
    var challenge = new StringBuilder("Bearer");
    if (error != null) {
      parameter(challenge, "error", error);
      if (description != null) {
        parameter(challenge, "error_description", describing(description));
      }
    }
    if (scope != null) {
      parameter(challenge, "scope", scope);
    }
    if (resourceMetadata != null) {
      parameter(challenge, "resource_metadata", resourceMetadata);
    }
    return challenge.toString();
  }

  /** RFC 6750 §3: a description has neither {@code "} nor {@code \}, not even escaped. */
  private static String describing(String detail) {
    return detail.replace('"', '\'').replace('\\', '/');
  }

  /** A quoted string of visible ASCII (RFC 9110 §5.6.4). */
  private static void parameter(StringBuilder challenge, String name, String value) {
    challenge
        .append(challenge.length() == "Bearer".length() ? " " : ", ")
        .append(name)
        .append("=\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        challenge.append('\\');
      }
      challenge.append(c >= ' ' && c <= '~' ? c : '?');
    }
    challenge.append('"');
  }

  private byte[] body(Reason reason, int status, String detail) {
    return body(reason, status, detail, null, null);
  }

  private byte[] body(
      Reason reason,
      int status,
      String detail,
      @Nullable Subject subject,
      @Nullable String scopes) {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      json.writeStringProperty("title", title(status));
      json.writeNumberProperty("status", status);
      json.writeStringProperty("reason", reason.name());
      json.writeStringProperty("detail", detail);
      if (consentUri != null
          && subject != null
          && scopes != null
          && CONSENT_HELPS.contains(reason)) {
        json.writeStringProperty("consent_uri", consentUri.of(subject, scopes));
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  /** What an administrator's consent would mend. */
  private static final List<Reason> CONSENT_HELPS =
      List.of(
          Reason.NO_GRANT, Reason.GRANT_REVOKED, Reason.GRANT_EXPIRED, Reason.SCOPE_NOT_GRANTED);

  private static String title(int status) {
    return switch (status) {
      case BAD_REQUEST -> "Bad Request";
      case UNAUTHORIZED -> "Unauthorized";
      default -> "Forbidden";
    };
  }
}
