package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.EVENT;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.App;
import dev.consentry.server.consent.ConsentReads.EventFilter;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.consent.Manifest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** How events are written down: with the whole new value, and where to find the one before. */
final class Events {
  /** The row of the event itself. */
  static final dev.consentry.server.store.generated.tables.Event AFTER = EVENT;

  /** The row of the event that made what was before. */
  static final dev.consentry.server.store.generated.tables.Event BEFORE = EVENT.as("before_event");

  private static final GrantColumns GRANT_AFTER = GrantColumns.of(AFTER);
  private static final GrantColumns GRANT_BEFORE = GrantColumns.of(BEFORE);
  private static final AppColumns APP_AFTER = AppColumns.of(AFTER);
  private static final AppColumns APP_BEFORE = AppColumns.of(BEFORE);

  private Events() {}

  static void write(Event event, Map<Field<?>, @Nullable Object> row) {
    switch (event.subject()) {
      case Event.OfGrant of -> {
        APP_AFTER.write(of.app(), row);
        GRANT_AFTER.write(of.after(), row);
        row.put(EVENT.BEFORE_REVISION, of.before() == null ? null : of.before().revision());
      }
      case Event.OfApp of -> {
        APP_AFTER.write(of.after(), row);
        row.put(EVENT.BEFORE_REVISION, of.before() == null ? null : of.before().revision());
      }
    }
    row.put(EVENT.REVISION, event.revision());
    row.put(EVENT.EVENT_TIME, event.time());
    row.put(EVENT.EVENT_TYPE, event.type().name());
    row.put(EVENT.ACTOR, event.actor() == null ? null : event.actor().principal());
    row.put(EVENT.REASON, event.reason());
    row.put(EVENT.REQUEST_ID, event.requestId());
  }

  /** By revision. */
  static List<Event> list(DSLContext sql, EventFilter filter, @Nullable Long after, int limit) {
    var conditions = new ArrayList<Condition>();
    conditions.add(EVENT.EVENT_TYPE.in(filter.types().stream().map(EventType::name).toList()));
    if (filter.app() != null) {
      conditions.add(EVENT.APP_ID.eq(filter.app().value()));
    }
    if (filter.account() != null) {
      conditions.add(EVENT.ACCOUNT_ID.eq(filter.account().value()));
    }
    if (filter.start() != null) {
      conditions.add(EVENT.EVENT_TIME.ge(filter.start()));
    }
    if (filter.end() != null) {
      conditions.add(EVENT.EVENT_TIME.lt(filter.end()));
    }
    if (after != null) {
      conditions.add(filter.oldestFirst() ? EVENT.REVISION.gt(after) : EVENT.REVISION.lt(after));
    }
    var rows =
        sql.select()
            .from(AFTER)
            .leftJoin(BEFORE)
            .on(BEFORE.REVISION.eq(AFTER.BEFORE_REVISION))
            .where(conditions)
            .orderBy(filter.oldestFirst() ? EVENT.REVISION.asc() : EVENT.REVISION.desc())
            .limit(limit)
            .fetch();
    return complete(sql, rows);
  }

  /** The events in these rows of {@link #AFTER} joined with {@link #BEFORE}, in their order. */
  private static List<Event> complete(DSLContext sql, List<? extends Record> rows) {
    var versions = new HashSet<Manifests.Version>();
    for (Record row : rows) {
      versions.add(APP_AFTER.version(row));
      if (isOfApp(row) && hasBefore(row)) {
        versions.add(APP_BEFORE.version(row));
      }
    }
    Map<Manifests.Version, Manifest> manifests = Manifests.read(sql, versions);
    var events = new ArrayList<Event>(rows.size());
    rows.forEach(row -> events.add(event(row, manifests)));
    return events;
  }

  private static Event event(Record row, Map<Manifests.Version, Manifest> manifests) {
    String actor = row.get(EVENT.ACTOR);
    return new Event(
        row.get(EVENT.REVISION),
        row.get(EVENT.EVENT_TIME),
        EventType.valueOf(row.get(EVENT.EVENT_TYPE)),
        actor == null ? null : new Actor(actor),
        row.get(EVENT.REASON),
        row.get(EVENT.REQUEST_ID),
        subject(row, manifests));
  }

  private static Event.Subject subject(Record row, Map<Manifests.Version, Manifest> manifests) {
    App app = APP_AFTER.read(row, manifests);
    if (isOfApp(row)) {
      App before = hasBefore(row) ? APP_BEFORE.read(row, manifests) : null;
      return new Event.OfApp(before, app);
    }
    Grant before = hasBefore(row) ? GRANT_BEFORE.read(row) : null;
    return new Event.OfGrant(before, GRANT_AFTER.read(row), app);
  }

  private static boolean isOfApp(Record row) {
    return row.get(AFTER.ACCOUNT_ID) == null;
  }

  private static boolean hasBefore(Record row) {
    return row.get(AFTER.BEFORE_REVISION) != null;
  }
}
