package dev.consentry.server.gateway;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fixes what a request could otherwise choose: how its gateway speaks, where app, account and
 * scopes come from, and which headers count.
 *
 * @param family of a {@link Kind#FORWARD_AUTH} door, which headers tell of the request
 * @param callerBy of a {@link Kind#FORWARD_AUTH} door, how the gateway says who it is
 * @param allowedHeaders of {@link #OVERRIDES}
 * @param preflight whether a CORS preflight passes as public
 */
public record Door(
    String name,
    Kind kind,
    Family family,
    CallerBy callerBy,
    SubjectSource subject,
    ScopeSource scopes,
    Set<String> allowedHeaders,
    boolean preflight,
    @Nullable String resourceMetadata,
    @Nullable ConsentUri consentUri) {
  /** By which some upstreams take a request for another one than the gateway does. */
  public static final List<String> OVERRIDES =
      List.of(
          "x-http-method-override",
          "x-http-method",
          "x-method-override",
          "x-original-url",
          "x-rewrite-url");

  /** What a gateway may say by itself, apart from the door's name. */
  private static final Set<String> SUBJECT_HINTS = Set.of("app", "account");

  private static final String SCOPES_HINT = "scopes";

  public Door {
    allowedHeaders = Set.copyOf(allowedHeaders);
  }

  /** How a gateway speaks. */
  public enum Kind {
    EXT_AUTHZ("ext_authz"),
    FORWARD_AUTH("forward-auth");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** How the configuration calls it. */
    public String word() {
      return word;
    }
  }

  /** Three headers each: method, URI and host of the request. */
  public enum Family {
    X_FORWARDED("x-forwarded-method", "x-forwarded-uri", "x-forwarded-host"),
    X_ORIGINAL("x-original-method", "x-original-uri", "x-original-host");

    private final String method;
    private final String uri;
    private final String host;

    Family(String method, String uri, String host) {
      this.method = method;
      this.uri = uri;
      this.host = host;
    }

    public String method() {
      return method;
    }

    public String uri() {
      return uri;
    }

    public String host() {
      return host;
    }
  }

  /** How a gateway says who it is; the other ways are not even looked at. */
  public enum CallerBy {
    /** The certificate of its connection. */
    MTLS("mtls"),
    /** A bearer token in {@code consentry-authorization}. */
    TOKEN("token"),
    /** It does not have to, on a server without authentication. */
    NOBODY_ASKS("none");

    private final String word;

    CallerBy(String word) {
      this.word = word;
    }

    /** How the configuration calls it. */
    public String word() {
      return word;
    }
  }

  /**
   * What a request needs, before anybody looks who it is from.
   *
   * @param said by the gateway itself, never by a client
   * @throws NotLetThroughException if it is nothing to ask about
   */
  Need need(AppRequest request, Map<String, String> said, RouteTable routes)
      throws NotLetThroughException {
    requireKnown(said);
    boolean overrides = false;
    for (String override : OVERRIDES) {
      if (request.has(override)) {
        if (!allowedHeaders.contains(override)) {
          throw new NotLetThroughException(
              Reason.UNSAFE_REQUEST, "the request must not have `%s`".formatted(override));
        }
        overrides = true;
      }
    }
    try {
      // No browser sends such a header with a preflight: the upstream might do something else.
      if (preflight && !overrides && isPreflight(request)) {
        var _ = path(request);
        return Need.NOTHING;
      }
      Need need = safeNeed(request, said, routes);
      if (overrides && need.isPublic()) {
        throw new NotLetThroughException(
            Reason.UNSAFE_REQUEST, "what is public must not be asked to be another request");
      }
      return need;
    } catch (UnsafeRequestException e) {
      throw new NotLetThroughException(Reason.UNSAFE_REQUEST, e.problem());
    }
  }

  private void requireKnown(Map<String, String> said) throws NotLetThroughException {
    for (String key : said.keySet()) {
      boolean known =
          (subject instanceof SubjectSource.Fixed && SUBJECT_HINTS.contains(key))
              || (scopes instanceof ScopeSource.Gateway && key.equals(SCOPES_HINT));
      if (!known) {
        throw badConfiguration("this door does not know `%s`".formatted(visible(key)));
      }
    }
  }

  private Need safeNeed(AppRequest request, Map<String, String> said, RouteTable routes)
      throws NotLetThroughException, UnsafeRequestException {
    return switch (scopes) {
      case ScopeSource.Routes _ -> {
        RouteMatch.Covered covered =
            routes.covering(request.method(), request.host(), request.target());
        RouteRule rule = covered.rule();
        yield rule.isPublic() ? Need.NOTHING : new Need(rule.scopes(), covered.account());
      }
      case ScopeSource.Gateway(var tenant) -> {
        RequestPath path = path(request);
        if (tenant != null && !tenant.matches(path)) {
          throw new NotLetThroughException(
              Reason.ROUTE_NOT_COVERED, "the path does not name the account as the door has it");
        }
        yield new Need(
            scopes(said.get(SCOPES_HINT)), tenant == null ? null : tenant.accountIn(path));
      }
      case ScopeSource.Fixed(var fixed) -> {
        var _ = path(request);
        yield new Need(fixed, null);
      }
    };
  }

  private static RequestPath path(AppRequest request) throws UnsafeRequestException {
    var _ = HostName.parse(request.host());
    return RequestPath.parse(request.target());
  }

  /** What the gateway says that a route needs. */
  private static List<Scope> scopes(@Nullable String text) throws NotLetThroughException {
    if (text == null || text.length() > DoorAnswer.SCOPES_HEADER_BYTES_MAX) {
      throw badConfiguration(
          "context_extensions must have `scopes` of at most %,d characters"
              .formatted(DoorAnswer.SCOPES_HEADER_BYTES_MAX));
    }
    var scopes = new ArrayList<Scope>();
    for (String one : text.split(" ", -1)) {
      try {
        var scope = new Scope(one);
        if (scopes.contains(scope) || scopes.size() == CheckQuestion.SCOPES_PER_CHECK_MAX) {
          throw badConfiguration(
              "`scopes` in context_extensions must name up to %d scopes, each once"
                  .formatted(CheckQuestion.SCOPES_PER_CHECK_MAX));
        }
        scopes.add(scope);
      } catch (InvalidValueException e) {
        throw badConfiguration(
            "`scopes` in context_extensions must be scopes with one space between: " + e.problem());
      }
    }
    return scopes;
  }

  /** Fetch Standard, "CORS-preflight request". */
  private static boolean isPreflight(AppRequest request) throws NotLetThroughException {
    return request.method().equals("OPTIONS")
        && request.one("origin") != null
        && request.one("access-control-request-method") != null;
  }

  private static NotLetThroughException badConfiguration(String detail) {
    return new NotLetThroughException(Reason.BAD_DOOR_CONFIGURATION, detail);
  }

  /** What a gateway's administrator wrote, and may read again. */
  private static String visible(String text) {
    return text.chars()
        .limit(80)
        .collect(
            StringBuilder::new,
            (out, c) -> out.append(c >= '!' && c <= '~' ? (char) c : '?'),
            StringBuilder::append)
        .toString();
  }

  /** What goes back to a request that cannot even be read. */
  public DoorAnswer.Refused refused(NotLetThroughException why) {
    return refusals().refused(why);
  }

  Refusals refusals() {
    return new Refusals(resourceMetadata, consentUri);
  }

  /**
   * What a request needs.
   *
   * @param scopes none if it is public
   * @param account which its path names; null if it names none
   */
  record Need(List<Scope> scopes, @Nullable String account) {
    static final Need NOTHING = new Need(List.of(), null);

    boolean isPublic() {
      return scopes.isEmpty();
    }
  }
}
