package dev.consentry.server.rpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Timestamp;
import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.App;
import dev.consentry.server.consent.AppScope;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.At;
import dev.consentry.server.consent.ConsentReads.Page;
import dev.consentry.server.consent.ConsentReads.PageLimit;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.consent.PageTokens;
import dev.consentry.server.consent.Preview;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.v1.AppChange;
import dev.consentry.v1.GrantChange;
import dev.consentry.v1.ListAppsResponse;
import dev.consentry.v1.ListEventsResponse;
import dev.consentry.v1.ListGrantsResponse;
import dev.consentry.v1.PreviewGrantResponse;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;

/** Domain to message. Revisions become tokens of the epoch of the answer they stand in. */
final class Messages {
  /** A page ends before it has more bytes of rows than this, unless one row alone has. */
  static final long PAGE_BYTES_MAX = 1024 * 1024;

  /** For sizes: all epochs are equally long. */
  private static final Epoch ANY_EPOCH = new Epoch("-".repeat(16));

  private Messages() {}

  static PreviewGrantResponse preview(At<Preview> at) {
    Epoch epoch = at.revision().epoch();
    Preview preview = at.value();
    var response =
        PreviewGrantResponse.newBuilder()
            .setApp(app(preview.app(), epoch))
            .addAllScopes(names(preview.scopes()))
            .addAllAddedScopes(names(preview.added()))
            .addAllRemovedScopes(names(preview.removed()))
            .setRevision(at.revision().token());
    if (preview.current() != null) {
      response.setCurrentGrant(grant(preview.current(), epoch));
    }
    return response.build();
  }

  static PageLimit<GrantView> pageOfGrants(int rows) {
    return pageLimit(rows, Messages::grant);
  }

  static PageLimit<App> pageOfApps(int rows) {
    return pageLimit(rows, Messages::app);
  }

  static PageLimit<Event> pageOfEvents(int rows) {
    return pageLimit(rows, Messages::event);
  }

  /** A field number takes one byte in every list. */
  private static <T> PageLimit<T> pageLimit(int rows, BiFunction<T, Epoch, MessageLite> message) {
    return new PageLimit<>(
        rows,
        PAGE_BYTES_MAX,
        row -> 1 + CodedOutputStream.computeMessageSizeNoTag(message.apply(row, ANY_EPOCH)));
  }

  static ListGrantsResponse grants(At<Page<GrantView>> at, PageTokens tokens) {
    List<GrantView> rows = at.value().rows();
    var response = ListGrantsResponse.newBuilder().setRevision(at.revision().token());
    rows.forEach(row -> response.addGrants(grant(row, at.revision().epoch())));
    if (at.value().more()) {
      GrantKey last = rows.getLast().grant().key();
      response.setNextPageToken(tokens.after(last.account(), last.app()));
    }
    return response.build();
  }

  static ListAppsResponse apps(At<Page<App>> at, PageTokens tokens) {
    List<App> rows = at.value().rows();
    var response = ListAppsResponse.newBuilder().setRevision(at.revision().token());
    rows.forEach(row -> response.addApps(app(row, at.revision().epoch())));
    if (at.value().more()) {
      response.setNextPageToken(tokens.after(rows.getLast().id()));
    }
    return response.build();
  }

  static ListEventsResponse events(At<Page<Event>> at, PageTokens tokens) {
    List<Event> rows = at.value().rows();
    var response = ListEventsResponse.newBuilder().setRevision(at.revision().token());
    rows.forEach(row -> response.addEvents(event(row, at.revision().epoch())));
    if (at.value().more()) {
      response.setNextPageToken(tokens.after(rows.getLast().revision()));
    }
    return response.build();
  }

  static dev.consentry.v1.Grant grant(GrantView view, Epoch epoch) {
    Grant grant = view.grant();
    var message =
        dev.consentry.v1.Grant.newBuilder()
            .setAccountId(grant.key().account().value())
            .setAppId(grant.key().app().value())
            .setAppDisplayName(view.appDisplayName())
            .setAppState(state(view.appState()))
            .addAllScopes(names(grant.scopes()))
            .setManifestVersion(grant.manifestVersion())
            .setState(state(view.state()))
            .setGrantTime(timestamp(grant.grantTime()))
            .setGrantedBy(actor(grant.grantedBy()))
            .setGrantReason(grant.grantReason())
            .setReconsentRequired(view.reconsentRequired())
            .setRevision(token(epoch, grant.revision()));
    if (grant.expireTime() != null) {
      message.setExpireTime(timestamp(grant.expireTime()));
    }
    Grant.Revocation revocation = grant.revocation();
    if (revocation != null) {
      message
          .setRevokeTime(timestamp(revocation.time()))
          .setRevokedBy(actor(revocation.by()))
          .setRevokeReason(revocation.reason());
    }
    return message.build();
  }

  static dev.consentry.v1.App app(App app, Epoch epoch) {
    Manifest manifest = app.manifest();
    var message =
        dev.consentry.v1.App.newBuilder()
            .setAppId(app.id().value())
            .setDisplayName(manifest.displayName())
            .setPublisher(manifest.publisher())
            .setHomepageUri(manifest.homepageUri())
            .setLogoUri(manifest.logoUri())
            .setSupportUri(manifest.supportUri())
            .setManifestVersion(app.manifestVersion())
            .setState(state(app.state()))
            .setStateReason(app.stateReason())
            .setCreateTime(timestamp(app.createTime()))
            .setUpdateTime(timestamp(app.updateTime()))
            .setRevision(token(epoch, app.revision()));
    manifest.requiredScopes().forEach(scope -> message.addRequiredScopes(appScope(scope)));
    manifest.optionalScopes().forEach(scope -> message.addOptionalScopes(appScope(scope)));
    return message.build();
  }

  private static dev.consentry.v1.AppScope appScope(AppScope scope) {
    return dev.consentry.v1.AppScope.newBuilder()
        .setName(scope.name().value())
        .setDescription(scope.description())
        .build();
  }

  private static dev.consentry.v1.Event event(Event event, Epoch epoch) {
    var message =
        dev.consentry.v1.Event.newBuilder()
            .setRevision(token(epoch, event.revision()))
            .setEventTime(timestamp(event.time()))
            .setType(type(event.type()))
            .setReason(event.reason());
    Actor actor = event.actor();
    if (actor != null) {
      message.setActor(actor(actor));
    }
    UUID requestId = event.requestId();
    if (requestId != null) {
      message.setRequestId(requestId.toString());
    }
    switch (event.subject()) {
      case Event.OfGrant change -> {
        GrantKey key = change.after().key();
        message
            .setAccountId(key.account().value())
            .setAppId(key.app().value())
            .setGrant(change(change, event.time(), epoch));
      }
      case Event.OfApp change ->
          message.setAppId(change.after().id().value()).setApp(change(change, epoch));
    }
    return message.build();
  }

  /** Both as they were at that time, the app's name and state included. */
  private static GrantChange change(Event.OfGrant change, Instant then, Epoch epoch) {
    var message =
        GrantChange.newBuilder()
            .setAfter(grant(GrantView.of(change.after(), change.app(), then), epoch));
    if (change.before() != null) {
      message.setBefore(grant(GrantView.of(change.before(), change.app(), then), epoch));
    }
    return message.build();
  }

  private static AppChange change(Event.OfApp change, Epoch epoch) {
    var message = AppChange.newBuilder().setAfter(app(change.after(), epoch));
    if (change.before() != null) {
      message.setBefore(app(change.before(), epoch));
    }
    return message.build();
  }

  private static dev.consentry.v1.Actor actor(Actor actor) {
    return dev.consentry.v1.Actor.newBuilder().setPrincipal(actor.principal()).build();
  }

  private static List<String> names(ScopeSet scopes) {
    return scopes.asList().stream().map(Scope::value).toList();
  }

  private static String token(Epoch epoch, long number) {
    return new Revision(epoch, number).token();
  }

  private static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  private static dev.consentry.v1.Grant.State state(GrantState state) {
    return switch (state) {
      case ACTIVE -> dev.consentry.v1.Grant.State.STATE_ACTIVE;
      case REVOKED -> dev.consentry.v1.Grant.State.STATE_REVOKED;
      case EXPIRED -> dev.consentry.v1.Grant.State.STATE_EXPIRED;
    };
  }

  private static dev.consentry.v1.App.State state(AppState state) {
    return switch (state) {
      case ACTIVE -> dev.consentry.v1.App.State.STATE_ACTIVE;
      case SUSPENDED -> dev.consentry.v1.App.State.STATE_SUSPENDED;
      case DELETED -> dev.consentry.v1.App.State.STATE_DELETED;
    };
  }

  private static dev.consentry.v1.Event.Type type(EventType type) {
    return switch (type) {
      case GRANTED -> dev.consentry.v1.Event.Type.TYPE_GRANTED;
      case REPLACED -> dev.consentry.v1.Event.Type.TYPE_REPLACED;
      case REVOKED -> dev.consentry.v1.Event.Type.TYPE_REVOKED;
      case EXPIRED -> dev.consentry.v1.Event.Type.TYPE_EXPIRED;
      case APP_CREATED -> dev.consentry.v1.Event.Type.TYPE_APP_CREATED;
      case APP_CHANGED -> dev.consentry.v1.Event.Type.TYPE_APP_CHANGED;
      case APP_SUSPENDED -> dev.consentry.v1.Event.Type.TYPE_APP_SUSPENDED;
      case APP_RESUMED -> dev.consentry.v1.Event.Type.TYPE_APP_RESUMED;
      case APP_DELETED -> dev.consentry.v1.Event.Type.TYPE_APP_DELETED;
    };
  }
}
