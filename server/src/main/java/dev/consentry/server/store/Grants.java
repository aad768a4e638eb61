package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.APP;
import static dev.consentry.server.store.generated.Tables.APP_GRANT;

import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.ConsentReads.AllowedFilter;
import dev.consentry.server.consent.ConsentReads.GrantFilter;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Reads grants as they are. */
final class Grants {
  static final GrantColumns COLUMNS = GrantColumns.of(APP_GRANT);

  private Grants() {}

  static LookUp<GrantKey, Grant> lookUp(DSLContext sql, Collection<GrantKey> keys) {
    var asked = KeyTable.of(keys, List.of(key -> key.account().value(), key -> key.app().value()));
    return new LookUp<>(
        sql.select(APP_GRANT.fields())
            .from(asked)
            .join(APP_GRANT)
            .on(APP_GRANT.ACCOUNT_ID.eq(KeyTable.column(0)))
            .and(APP_GRANT.APP_ID.eq(KeyTable.column(1))),
        COLUMNS::key,
        COLUMNS::read);
  }

  /*
   * By account, then by app. With an app given both orders below are the same; the second is the one that its index has.
   */
  static List<Grant> list(
      DSLContext sql, GrantFilter filter, @Nullable GrantKey after, int limit, Instant now) {
    var conditions = new ArrayList<Condition>();
    conditions.add(DSL.or(filter.states().stream().sorted().map(s -> is(s, now)).toList()));
    if (filter.account() != null) {
      conditions.add(APP_GRANT.ACCOUNT_ID.eq(filter.account().value()));
    }
    if (filter.app() != null) {
      conditions.add(APP_GRANT.APP_ID.eq(filter.app().value()));
    }
    if (after != null) {
      conditions.add(isAfter(after));
    }
    return sql.selectFrom(APP_GRANT)
        .where(conditions)
        .orderBy(order(filter.app() != null && filter.account() == null))
        .limit(limit)
        .fetch(COLUMNS::read);
  }

  /* As above: by account, then by app, in the order that an index has. */
  static List<GrantKey> allowed(
      DSLContext sql, AllowedFilter filter, @Nullable GrantKey after, int limit, Instant now) {
    var conditions = new ArrayList<Condition>();
    conditions.add(is(GrantState.ACTIVE, now));
    // Said in words that both databases know: jOOQ would ask H2 in others.
    conditions.add(
        DSL.condition("{0} = ANY({1})", DSL.val(filter.scope().value()), APP_GRANT.SCOPES));
    conditions.add(APP.STATE.ne(AppState.SUSPENDED.name()));
    if (filter.accounts() != null) {
      conditions.add(isOneOf(APP_GRANT.ACCOUNT_ID, filter.accounts(), AccountId::value));
    }
    if (filter.apps() != null) {
      conditions.add(isOneOf(APP_GRANT.APP_ID, filter.apps(), AppId::value));
    }
    if (after != null) {
      conditions.add(isAfter(after));
    }
    return sql.select(APP_GRANT.ACCOUNT_ID, APP_GRANT.APP_ID)
        .from(APP_GRANT)
        .join(APP)
        .on(APP.APP_ID.eq(APP_GRANT.APP_ID))
        .where(conditions)
        .orderBy(order(isOne(filter.apps()) && !isOne(filter.accounts())))
        .limit(limit)
        .fetch(COLUMNS::key);
  }

  private static boolean isOne(@Nullable Set<?> ids) {
    return ids != null && ids.size() == 1;
  }

  private static <I> Condition isOneOf(
      Field<String> column, Set<I> ids, Function<I, String> value) {
    return ids.size() == 1
        ? column.eq(value.apply(ids.iterator().next()))
        : column.in(DSL.select(KeyTable.column(0)).from(KeyTable.of(ids, List.of(value))));
  }

  private static List<Field<String>> order(boolean byApp) {
    return byApp
        ? List.of(APP_GRANT.APP_ID, APP_GRANT.ACCOUNT_ID)
        : List.of(APP_GRANT.ACCOUNT_ID, APP_GRANT.APP_ID);
  }

  /** The first part is implied by the second, and is what an index can use. */
  private static Condition isAfter(GrantKey key) {
    String account = key.account().value();
    return APP_GRANT
        .ACCOUNT_ID
        .ge(account)
        .and(APP_GRANT.ACCOUNT_ID.gt(account).or(APP_GRANT.APP_ID.gt(key.app().value())));
  }

  static long countActive(DSLContext sql, AppId app, Instant now) {
    return sql.fetchCount(
        APP_GRANT, APP_GRANT.APP_ID.eq(app.value()).and(is(GrantState.ACTIVE, now)));
  }

  /** The first active ones of an app by account. */
  static List<Grant> active(DSLContext sql, AppId app, Instant now, int limit) {
    return sql.selectFrom(APP_GRANT)
        .where(APP_GRANT.APP_ID.eq(app.value()).and(is(GrantState.ACTIVE, now)))
        .orderBy(APP_GRANT.APP_ID, APP_GRANT.STATE, APP_GRANT.ACCOUNT_ID)
        .limit(limit)
        .fetch(COLUMNS::read);
  }

  /** The first of those written down as active that end at or before {@code instant}. */
  static List<Grant> expired(DSLContext sql, Instant instant, int limit) {
    return sql.selectFrom(APP_GRANT)
        .where(isWritten(GrantState.ACTIVE), APP_GRANT.EXPIRE_TIME.le(instant))
        .orderBy(APP_GRANT.STATE, APP_GRANT.EXPIRE_TIME)
        .limit(limit)
        .fetch(COLUMNS::read);
  }

  /** Whether a grant's state at {@code now} is this one: {@link Grant#stateAt} in SQL. */
  static Condition is(GrantState state, Instant now) {
    return switch (state) {
      case ACTIVE ->
          isWritten(state).and(APP_GRANT.EXPIRE_TIME.isNull().or(APP_GRANT.EXPIRE_TIME.gt(now)));
      case EXPIRED ->
          isWritten(state).or(isWritten(GrantState.ACTIVE).and(APP_GRANT.EXPIRE_TIME.le(now)));
      case REVOKED -> isWritten(state);
    };
  }

  private static Condition isWritten(GrantState state) {
    return APP_GRANT.STATE.eq(state.name());
  }
}
