package dev.consentry.server.store;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.store.generated.tables.AppGrant;
import dev.consentry.server.store.generated.tables.Event;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** How a grant is written down: as the current row, and in the events of its changes. */
record GrantColumns(
    Field<String> account,
    Field<String> app,
    Field<String[]> scopes,
    Field<Integer> manifestVersion,
    Field<String> state,
    Field<Instant> grantTime,
    Field<String> grantedBy,
    Field<String> grantReason,
    Field<Instant> expireTime,
    Field<Instant> revokeTime,
    Field<String> revokedBy,
    Field<String> revokeReason,
    Field<Long> revision) {

  static GrantColumns of(AppGrant table) {
    return new GrantColumns(
        table.ACCOUNT_ID,
        table.APP_ID,
        table.SCOPES,
        table.MANIFEST_VERSION,
        table.STATE,
        table.GRANT_TIME,
        table.GRANTED_BY,
        table.GRANT_REASON,
        table.EXPIRE_TIME,
        table.REVOKE_TIME,
        table.REVOKED_BY,
        table.REVOKE_REASON,
        table.REVISION);
  }

  static GrantColumns of(Event table) {
    return new GrantColumns(
        table.ACCOUNT_ID,
        table.APP_ID,
        table.SCOPES,
        table.MANIFEST_VERSION,
        table.STATE,
        table.GRANT_TIME,
        table.GRANTED_BY,
        table.GRANT_REASON,
        table.EXPIRE_TIME,
        table.REVOKE_TIME,
        table.REVOKED_BY,
        table.REVOKE_REASON,
        table.REVISION);
  }

  List<Field<?>> all() {
    return List.of(
        account,
        app,
        scopes,
        manifestVersion,
        state,
        grantTime,
        grantedBy,
        grantReason,
        expireTime,
        revokeTime,
        revokedBy,
        revokeReason,
        revision);
  }

  GrantKey key(Record row) {
    return new GrantKey(new AccountId(row.get(account)), new AppId(row.get(app)));
  }

  Grant read(Record row) {
    return new Grant(
        key(row),
        scopes(row.get(scopes)),
        row.get(manifestVersion),
        GrantState.valueOf(row.get(state)),
        row.get(grantTime),
        new Actor(row.get(grantedBy)),
        row.get(grantReason),
        row.get(expireTime),
        revocation(row),
        row.get(revision));
  }

  private Grant.@Nullable Revocation revocation(Record row) {
    Instant time = row.get(revokeTime);
    return time == null
        ? null
        : new Grant.Revocation(
            time,
            new Actor(Objects.requireNonNull(row.get(revokedBy))),
            Objects.requireNonNull(row.get(revokeReason)));
  }

  void write(Grant grant, Map<Field<?>, @Nullable Object> row) {
    Grant.Revocation revocation = grant.revocation();
    row.put(account, grant.key().account().value());
    row.put(app, grant.key().app().value());
    row.put(scopes, grant.scopes().asList().stream().map(Scope::value).toArray(String[]::new));
    row.put(manifestVersion, grant.manifestVersion());
    row.put(state, grant.state().name());
    row.put(grantTime, grant.grantTime());
    row.put(grantedBy, grant.grantedBy().principal());
    row.put(grantReason, grant.grantReason());
    row.put(expireTime, grant.expireTime());
    row.put(revokeTime, revocation == null ? null : revocation.time());
    row.put(revokedBy, revocation == null ? null : revocation.by().principal());
    row.put(revokeReason, revocation == null ? null : revocation.reason());
    row.put(revision, grant.revision());
  }

  static ScopeSet scopes(Object[] names) {
    return ScopeSet.of(Arrays.stream(names).map(name -> new Scope((String) name)).toList());
  }
}
