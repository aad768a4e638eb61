package dev.consentry.server.gateway;

import dev.consentry.server.decision.Scope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What goes back to a gateway, in whatever language it speaks. */
public sealed interface DoorAnswer {
  String APP_HEADER = "consentry-app";
  String ACCOUNT_HEADER = "consentry-account";
  String SCOPES_HEADER = "consentry-scopes";
  String REVISION_HEADER = "consentry-revision";

  /** What upstreams may trust, and no client may set. */
  List<String> HEADERS = List.of(APP_HEADER, ACCOUNT_HEADER, SCOPES_HEADER, REVISION_HEADER);

  /** Of {@link #SCOPES_HEADER}; a rule or door that would need more is no rule. */
  int SCOPES_HEADER_BYTES_MAX = 2 * 1024;

  /** In a word, for counts and metadata. */
  String outcome();

  /** Why, in a word, for counts; empty if it is not refused. */
  default String reasonText() {
    return "";
  }

  /** Nothing is asked of the request; the upstream learns of no app. */
  record Open() implements DoorAnswer {
    public static final Open INSTANCE = new Open();

    @Override
    public String outcome() {
      return "public";
    }
  }

  /**
   * The request may go on.
   *
   * @param scopes what was asked for, one space between
   * @param revision at which it is true
   */
  record Allowed(Subject subject, String scopes, String revision) implements DoorAnswer {
    @Override
    public String outcome() {
      return "allow";
    }
  }

  /**
   * The request ends here.
   *
   * @param status of HTTP: 400, 401 or 403
   * @param challenge the value of {@code WWW-Authenticate}; null if there is none
   * @param body {@code application/problem+json} (RFC 9457)
   * @param revision at which it is true; null if that does not depend on grants
   */
  record Refused(
      Reason reason, int status, @Nullable String challenge, byte[] body, @Nullable String revision)
      implements DoorAnswer {
    public static final String CONTENT_TYPE = "application/problem+json";

    @Override
    public String outcome() {
      return "deny";
    }

    @Override
    public String reasonText() {
      return reason.text();
    }
  }

  /** The value of {@link #SCOPES_HEADER}. */
  static String text(List<Scope> scopes) {
    if (scopes.size() == 1) {
      return scopes.getFirst().value();
    }
    var text = new StringBuilder();
    for (Scope scope : scopes) {
      text.append(text.isEmpty() ? "" : " ").append(scope.value());
    }
    return text.toString();
  }
}
