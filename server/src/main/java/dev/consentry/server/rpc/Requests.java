package dev.consentry.server.rpc;

import static java.util.Objects.requireNonNull;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.AppScope;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.Authorize;
import dev.consentry.server.consent.ConsentReads.EventFilter;
import dev.consentry.server.consent.ConsentReads.GrantFilter;
import dev.consentry.server.consent.DeleteApp;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.consent.PageTokens;
import dev.consentry.server.consent.PutApp;
import dev.consentry.server.consent.ResumeApp;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.consent.RevokeAppStep;
import dev.consentry.server.consent.SuspendApp;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import dev.consentry.v1.App;
import dev.consentry.v1.DeleteAppRequest;
import dev.consentry.v1.Event;
import dev.consentry.v1.GetAppRequest;
import dev.consentry.v1.GetGrantRequest;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.ListAppsRequest;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.PreviewGrantRequest;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.ResumeAppRequest;
import dev.consentry.v1.RevokeAppRequest;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.SuspendAppRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;

/**
 * Requests, from message to domain; those for decisions are in {@link Checks}. All of these throw
 * {@link InvalidFieldsException} with every bad field at once.
 */
final class Requests {
  private Requests() {}

  static Authorize authorize(GrantRequest request, Actor actor) {
    var fields = new Fields();
    var key = fields.key(request.getAccountId(), request.getAppId());
    List<Scope> optional = optionalScopes(fields, request.getOptionalScopesList());
    fields.require(
        request.getManifestVersion() > 0,
        "manifest_version",
        "must be the version that the administrator saw, 1 or above");
    Instant expireTime =
        fields.cut("expire_time", request.hasExpireTime(), request.getExpireTime());
    Revision expected = fields.revision("expected_revision", request.getExpectedRevision());
    UUID requestId = fields.requestId(request.getRequestId());
    var reason = fields.reason(request.getReason());
    return fields.whole(() ->
        new Authorize(
            actor,
            key.get(),
            optional,
            request.getManifestVersion(),
            expireTime,
            request.getReplace(),
            expected,
            requestId,
            reason.get()));
  }

  /** The optional scopes ticked so far. */
  record Choice(GrantKey key, List<Scope> optionalScopes) {}

  static Choice preview(PreviewGrantRequest request) {
    var fields = new Fields();
    var key = fields.key(request.getAccountId(), request.getAppId());
    List<Scope> optional = optionalScopes(fields, request.getOptionalScopesList());
    return fields.whole(() -> new Choice(key.get(), optional));
  }

  private static List<Scope> optionalScopes(Fields fields, List<String> values) {
    return fields.scopes("optional_scopes", values, Manifest.SCOPES_PER_APP_MAX);
  }

  static GrantKey getGrant(GetGrantRequest request) {
    var fields = new Fields();
    return fields.whole(fields.key(request.getAccountId(), request.getAppId()));
  }

  static Revoke revoke(RevokeRequest request, Actor actor) {
    var fields = new Fields();
    var key = fields.key(request.getAccountId(), request.getAppId());
    UUID requestId = fields.requestId(request.getRequestId());
    var reason = fields.reason(request.getReason());
    return fields.whole(
        () -> new Revoke(actor, key.get(), request.getAllowMissing(), requestId, reason.get()));
  }

  static RevokeAppStep revokeApp(RevokeAppRequest request, Actor actor) {
    return ofApp(
        request.getAppId(), request.getReason(), (id, why) -> new RevokeAppStep(actor, id, why));
  }

  static SuspendApp suspendApp(SuspendAppRequest request, Actor actor) {
    return ofApp(
        request.getAppId(), request.getReason(), (id, why) -> new SuspendApp(actor, id, why));
  }

  static ResumeApp resumeApp(ResumeAppRequest request, Actor actor) {
    return ofApp(
        request.getAppId(), request.getReason(), (id, why) -> new ResumeApp(actor, id, why));
  }

  static DeleteApp deleteApp(DeleteAppRequest request, Actor actor) {
    return ofApp(
        request.getAppId(),
        request.getReason(),
        (id, why) -> new DeleteApp(actor, id, request.getAllowMissing(), why));
  }

  private static <C> C ofApp(String appId, String reason, BiFunction<AppId, String, C> command) {
    var fields = new Fields();
    var app = fields.app(appId);
    var why = fields.reason(reason);
    return fields.whole(() -> command.apply(app.get(), why.get()));
  }

  static PutApp putApp(PutAppRequest request, Actor actor) {
    var fields = new Fields();
    Integer expected = request.hasExpectedVersion() ? request.getExpectedVersion() : null;
    fields.require(request.getExpectedVersion() >= 0, "expected_version", "must not be negative");
    fields.require(request.hasApp(), "app", "must be given");
    App app = request.getApp();
    AppId id = fields.readIf(request.hasApp(), "app.app_id", () -> new AppId(app.getAppId()));
    Manifest manifest = fields.readIf(request.hasApp(), "app", () -> manifest(app));
    return fields.whole(
        () -> new PutApp(actor, requireNonNull(id), requireNonNull(manifest), expected));
  }

  private static Manifest manifest(App app) {
    var fields = new Fields();
    var required = new ArrayList<AppScope>();
    var optional = new ArrayList<AppScope>();
    int scopes = app.getRequiredScopesCount() + app.getOptionalScopesCount();
    if (scopes <= Manifest.SCOPES_PER_APP_MAX) {
      required.addAll(declared(fields, "required_scopes", app.getRequiredScopesList()));
      optional.addAll(declared(fields, "optional_scopes", app.getOptionalScopesList()));
    } else {
      fields.require(
          false,
          app.getRequiredScopesCount() > Manifest.SCOPES_PER_APP_MAX
              ? "required_scopes"
              : "optional_scopes",
          "required and optional scopes together must be at most %d, are %d"
              .formatted(Manifest.SCOPES_PER_APP_MAX, scopes));
    }
    return fields.whole(
        fields.readPart(() ->
            new Manifest(
                app.getDisplayName(),
                app.getPublisher(),
                app.getHomepageUri(),
                app.getLogoUri(),
                app.getSupportUri(),
                required,
                optional)));
  }

  /** For a bad name its path stands in: a scope too, and in no list twice. */
  private static List<AppScope> declared(
      Fields fields, String list, List<dev.consentry.v1.AppScope> values) {
    var scopes = new ArrayList<AppScope>();
    for (int i = 0; i < values.size(); i++) {
      dev.consentry.v1.AppScope value = values.get(i);
      String path = "%s[%d]".formatted(list, i);
      Scope name = fields.readOr(path + ".name", () -> new Scope(value.getName()), new Scope(path));
      scopes.add(
          fields.readOr(
              path, () -> new AppScope(name, value.getDescription()), new AppScope(name, "")));
    }
    return scopes;
  }

  /**
   * One version of an app.
   *
   * @param version 0 for the current one
   */
  record AppVersion(AppId id, int version) {}

  static AppVersion getApp(GetAppRequest request) {
    var fields = new Fields();
    var app = fields.app(request.getAppId());
    fields.require(request.getManifestVersion() >= 0, "manifest_version", "must not be negative");
    return fields.whole(() -> new AppVersion(app.get(), request.getManifestVersion()));
  }

  static Listing<GrantFilter, GrantKey> listGrants(ListGrantsRequest request) {
    var fields = new Fields();
    AccountId account = fields.accountFilter(request.getAccountId());
    AppId app = fields.appFilter(request.getAppId());
    Set<GrantState> states =
        fields.filter(
            "states", request.getStatesList(), Requests::state, EnumSet.of(GrantState.ACTIVE));
    var tokens = PageTokens.of("ListGrants", account, app, states);
    int rows = fields.rows(request.getPageSize());
    GrantKey after =
        fields.after(
            request.getPageToken(),
            tokens,
            2,
            key -> new GrantKey(new AccountId(key.get(0)), new AppId(key.get(1))));
    return fields.whole(
        () -> new Listing<>(new GrantFilter(account, app, states), rows, after, tokens));
  }

  static Listing<Set<AppState>, AppId> listApps(ListAppsRequest request) {
    var fields = new Fields();
    Set<AppState> states =
        fields.filter(
            "states",
            request.getStatesList(),
            Requests::state,
            EnumSet.complementOf(EnumSet.of(AppState.DELETED)));
    var tokens = PageTokens.of("ListApps", states);
    int rows = fields.rows(request.getPageSize());
    AppId after = fields.after(request.getPageToken(), tokens, 1, key -> new AppId(key.getFirst()));
    return fields.whole(() -> new Listing<>(states, rows, after, tokens));
  }

  static Listing<EventFilter, Long> listEvents(ListEventsRequest request) {
    var fields = new Fields();
    AccountId account = fields.accountFilter(request.getAccountId());
    AppId app = fields.appFilter(request.getAppId());
    Set<EventType> types =
        fields.filter(
            "types", request.getTypesList(), Requests::type, EnumSet.allOf(EventType.class));
    Instant start = fields.bound("start_time", request.hasStartTime(), request.getStartTime());
    Instant end = fields.bound("end_time", request.hasEndTime(), request.getEndTime());
    boolean oldestFirst = request.getOldestFirst();
    var tokens = PageTokens.of("ListEvents", account, app, types, start, end, oldestFirst);
    int rows = fields.rows(request.getPageSize());
    Long after =
        fields.after(
            request.getPageToken(), tokens, 1, key -> Requests.eventNumber(key.getFirst()));
    return fields.whole(() ->
        new Listing<>(
            new EventFilter(account, app, types, start, end, oldestFirst), rows, after, tokens));
  }

  private static long eventNumber(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw new InvalidValueException("must be the `next_page_token` of the page before");
    }
  }

  private static GrantState state(Grant.State state) {
    return switch (state) {
      case STATE_ACTIVE -> GrantState.ACTIVE;
      case STATE_REVOKED -> GrantState.REVOKED;
      case STATE_EXPIRED -> GrantState.EXPIRED;
      case STATE_UNSPECIFIED, UNRECOGNIZED -> throw unknown();
    };
  }

  private static AppState state(App.State state) {
    return switch (state) {
      case STATE_ACTIVE -> AppState.ACTIVE;
      case STATE_SUSPENDED -> AppState.SUSPENDED;
      case STATE_DELETED -> AppState.DELETED;
      case STATE_UNSPECIFIED, UNRECOGNIZED -> throw unknown();
    };
  }

  private static EventType type(Event.Type type) {
    return switch (type) {
      case TYPE_GRANTED -> EventType.GRANTED;
      case TYPE_REPLACED -> EventType.REPLACED;
      case TYPE_REVOKED -> EventType.REVOKED;
      case TYPE_EXPIRED -> EventType.EXPIRED;
      case TYPE_APP_CREATED -> EventType.APP_CREATED;
      case TYPE_APP_CHANGED -> EventType.APP_CHANGED;
      case TYPE_APP_SUSPENDED -> EventType.APP_SUSPENDED;
      case TYPE_APP_RESUMED -> EventType.APP_RESUMED;
      case TYPE_APP_DELETED -> EventType.APP_DELETED;
      case TYPE_UNSPECIFIED, UNRECOGNIZED -> throw unknown();
    };
  }

  private static InvalidValueException unknown() {
    return new InvalidValueException("must be a value that the contract names, not unspecified");
  }
}
