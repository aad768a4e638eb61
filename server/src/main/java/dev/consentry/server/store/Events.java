package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.EVENT;
import static dev.consentry.server.store.generated.Tables.STORE;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.App;
import dev.consentry.server.consent.ConsentReads.EventFilter;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.consent.Manifest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.OrderField;
import org.jooq.Record;
import org.jooq.SortOrder;
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

  /** The last revision that is no longer told of: from the next one on the log has them all. */
  static long floor(DSLContext sql) {
    return Objects.requireNonNull(sql.select(STORE.FLOOR_REVISION).from(STORE).fetchOne()).value1();
  }

  /**
   * By revision.
   *
   * @param floor only what is above it, as of the snapshot that is read
   * @param manifests known already; those read now are added, for the next call
   */
  static List<Event> list(
      DSLContext sql,
      EventFilter filter,
      long floor,
      @Nullable Long after,
      int limit,
      Map<Manifests.Version, Manifest> manifests) {
    var rows =
        sql.select()
            .from(AFTER)
            .leftJoin(BEFORE)
            .on(BEFORE.REVISION.eq(AFTER.BEFORE_REVISION))
            .where(conditions(sql, filter, floor, after))
            .orderBy(order(filter))
            .limit(limit)
            .fetch();
    return complete(sql, rows, manifests);
  }

  private static List<Condition> conditions(
      DSLContext sql, EventFilter filter, long floor, @Nullable Long after) {
    var conditions = new ArrayList<Condition>();
    conditions.add(EVENT.REVISION.gt(floor));
    conditions.add(EVENT.EVENT_TYPE.in(filter.types().stream().map(EventType::name).toList()));
    if (filter.app() != null) {
      conditions.add(EVENT.APP_ID.eq(filter.app().value()));
    }
    if (filter.account() != null) {
      conditions.add(EVENT.ACCOUNT_ID.eq(filter.account().value()));
    }
    if (filter.start() != null) {
      conditions.add(EVENT.REVISION.ge(firstSince(sql, filter.start())));
    }
    if (filter.end() != null) {
      conditions.add(EVENT.REVISION.lt(firstSince(sql, filter.end())));
    }
    if (after != null) {
      conditions.add(filter.oldestFirst() ? EVENT.REVISION.gt(after) : EVENT.REVISION.lt(after));
    }
    return conditions;
  }

  /* Event times never go back, so a time is a revision, and one index gives both the rows and their order. */
  private static long firstSince(DSLContext sql, Instant time) {
    return sql.select(EVENT.REVISION)
        .from(EVENT)
        .where(EVENT.EVENT_TIME.ge(time))
        .orderBy(EVENT.EVENT_TIME, EVENT.REVISION)
        .limit(1)
        .fetchOptional(EVENT.REVISION)
        .orElse(Long.MAX_VALUE);
  }

  /** All rows have the account or app asked for: naming it first changes nothing but the index. */
  private static List<OrderField<?>> order(EventFilter filter) {
    var fields = new ArrayList<Field<?>>();
    if (filter.account() != null) {
      fields.add(EVENT.ACCOUNT_ID);
    } else if (filter.app() != null) {
      fields.add(EVENT.APP_ID);
    }
    fields.add(EVENT.REVISION);
    SortOrder order = filter.oldestFirst() ? SortOrder.ASC : SortOrder.DESC;
    return fields.stream().<OrderField<?>>map(field -> field.sort(order)).toList();
  }

  /** The events in these rows of {@link #AFTER} joined with {@link #BEFORE}, in their order. */
  private static List<Event> complete(
      DSLContext sql, List<? extends Record> rows, Map<Manifests.Version, Manifest> manifests) {
    var versions = new HashSet<Manifests.Version>();
    for (Record row : rows) {
      versions.add(APP_AFTER.version(row));
      if (isOfApp(row) && hasBefore(row)) {
        versions.add(APP_BEFORE.version(row));
      }
    }
    Manifests.readInto(manifests, sql, versions);
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
