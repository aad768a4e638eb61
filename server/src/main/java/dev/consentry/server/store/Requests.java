package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.EVENT;
import static dev.consentry.server.store.generated.Tables.REQUEST;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.ContentHash;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.Remembered;
import dev.consentry.server.consent.RequestKey;
import dev.consentry.server.decision.GrantState;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** How writes that named themselves are remembered, with the very answer that each got. */
final class Requests {
  private static final GrantColumns GRANT = GrantColumns.of(EVENT);

  /** Both tables have a revision: this one by a name of its own. */
  private static final Field<Long> ANSWERED_REVISION = REQUEST.REVISION.as("answered_revision");

  private Requests() {}

  static LookUp<RequestKey, Remembered> lookUp(DSLContext sql, Collection<RequestKey> keys) {
    var asked =
        KeyTable.of(
            keys,
            List.of(
                key -> key.actor().principal(),
                RequestKey::rpc,
                key -> key.requestId().toString()));
    return new LookUp<>(
        sql.select(
                Arrays.stream(REQUEST.fields()).filter(f -> !f.equals(REQUEST.REVISION)).toList())
            .select(ANSWERED_REVISION)
            .select(GRANT.all())
            .from(asked)
            .join(REQUEST)
            .on(REQUEST.PRINCIPAL.eq(KeyTable.column(0)))
            .and(REQUEST.RPC.eq(KeyTable.column(1)))
            .and(REQUEST.REQUEST_ID.eq(KeyTable.column(2).cast(UUID.class)))
            .leftJoin(EVENT)
            .on(EVENT.REVISION.eq(REQUEST.VIEW_REVISION)),
        Requests::key,
        Requests::remembered);
  }

  static void write(RequestKey key, Remembered answer, Map<Field<?>, @Nullable Object> row) {
    row.put(REQUEST.PRINCIPAL, key.actor().principal());
    row.put(REQUEST.RPC, key.rpc());
    row.put(REQUEST.REQUEST_ID, key.requestId());
    row.put(REQUEST.CONTENT_HASH, answer.contentHash().hex());
    row.put(REQUEST.REVISION, answer.revision());
    GrantView view = answer.grant();
    if (view != null) {
      row.put(REQUEST.VIEW_REVISION, view.grant().revision());
      row.put(REQUEST.VIEW_STATE, view.state().name());
      row.put(REQUEST.VIEW_APP_DISPLAY_NAME, view.appDisplayName());
      row.put(REQUEST.VIEW_APP_STATE, view.appState().name());
      row.put(REQUEST.VIEW_RECONSENT_REQUIRED, view.reconsentRequired());
    }
  }

  private static RequestKey key(Record row) {
    return new RequestKey(
        new Actor(row.get(REQUEST.PRINCIPAL)), row.get(REQUEST.RPC), row.get(REQUEST.REQUEST_ID));
  }

  private static Remembered remembered(Record row) {
    return new Remembered(
        new ContentHash(row.get(REQUEST.CONTENT_HASH)),
        row.get(ANSWERED_REVISION),
        row.get(REQUEST.VIEW_REVISION) == null ? null : view(row));
  }

  private static GrantView view(Record row) {
    return new GrantView(
        GRANT.read(row),
        GrantState.valueOf(Objects.requireNonNull(row.get(REQUEST.VIEW_STATE))),
        Objects.requireNonNull(row.get(REQUEST.VIEW_APP_DISPLAY_NAME)),
        AppState.valueOf(Objects.requireNonNull(row.get(REQUEST.VIEW_APP_STATE))),
        Objects.requireNonNull(row.get(REQUEST.VIEW_RECONSENT_REQUIRED)));
  }
}
