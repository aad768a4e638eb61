package dev.consentry.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.Timestamp;
import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.PageTokens;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Texts;
import dev.consentry.server.consent.Violations;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one request, and keeps in mind all that are bad. Nothing read may be used
 * before {@link #whole} has found that there are none.
 */
final class Fields {
  static final int PAGE_ROWS_DEFAULT = 50;
  static final int PAGE_ROWS_MAX = 1_000;

  /** Of states or types that a list is filtered by; there are no more different ones. */
  static final int FILTER_VALUES_MAX = 100;

  /** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, between which a Timestamp may lie. */
  static final long TIMESTAMP_SECONDS_MIN = -62_135_596_800L;

  static final long TIMESTAMP_SECONDS_MAX = 253_402_300_799L;
  private static final int NANOS_MAX = 999_999_999;

  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}");

  private final Violations violations = new Violations();

  /**
   * What the fields make, as a whole.
   *
   * @throws InvalidFieldsException if any of them is bad
   */
  <T> T whole(Supplier<T> value) {
    violations.throwIfAny();
    return value.get();
  }

  void require(boolean holds, String field, String otherwise) {
    if (!holds) {
      violations.add(field, otherwise);
    }
  }

  /** What a field holds, to be asked for only once all are known to be good. */
  <T> Supplier<T> read(String field, Supplier<T> value) {
    T good = violations.check(field, value);
    return () -> requireNonNull(good);
  }

  /** What a field holds, or where that is bad a stand-in, so that what is around it can be read. */
  <T> T readOr(String field, Supplier<T> value, T standIn) {
    T good = violations.check(field, value);
    return good == null ? standIn : good;
  }

  /** A part whose own fields are named as those of the whole. */
  <T> Supplier<T> readPart(Supplier<T> value) {
    try {
      T good = value.get();
      return () -> good;
    } catch (InvalidFieldsException e) {
      violations.addAll("", e.violations());
      return () -> {
        throw e;
      };
    }
  }

  /** What an optional field holds; null where it is not given, or bad. */
  <T> @Nullable T readIf(boolean given, String field, Supplier<T> value) {
    return given ? violations.check(field, value) : null;
  }

  Supplier<AppId> app(String value) {
    return read("app_id", () -> new AppId(value));
  }

  Supplier<GrantKey> key(String account, String app) {
    Supplier<AccountId> accountId = read("account_id", () -> new AccountId(account));
    Supplier<AppId> appId = app(app);
    return () -> new GrantKey(accountId.get(), appId.get());
  }

  @Nullable AccountId accountFilter(String value) {
    return readIf(!value.isEmpty(), "account_id", () -> new AccountId(value));
  }

  @Nullable AppId appFilter(String value) {
    return readIf(!value.isEmpty(), "app_id", () -> new AppId(value));
  }

  Supplier<String> reason(String value) {
    return read("reason", () -> Texts.reason(value));
  }

  /** Repeats count: a message may hold a million. */
  List<Scope> scopes(String field, List<String> values, int max) {
    if (values.size() > max) {
      violations.add(field, "must be at most %d, are %d".formatted(max, values.size()));
      return List.of();
    }
    return each(field, values, Scope::new);
  }

  @Nullable UUID requestId(String value) {
    return readIf(
        !value.isEmpty(),
        "request_id",
        () -> {
          if (!UUID_FORM.matcher(value).matches()) {
            throw new InvalidValueException("must be a UUID in its form of 36 characters");
          }
          return UUID.fromString(value);
        });
  }

  @Nullable Revision revision(String field, String token) {
    return readIf(!token.isEmpty(), field, () -> Revision.parse(token));
  }

  /** Cut to microseconds. */
  @Nullable Instant cut(String field, boolean given, Timestamp value) {
    return readIf(given, field, () -> instant(value).truncatedTo(ChronoUnit.MICROS));
  }

  /**
   * The first microsecond that is not before it: instants that are whole microseconds compare with
   * this as with the value itself.
   */
  @Nullable Instant bound(String field, boolean given, Timestamp value) {
    Instant exact = readIf(given, field, () -> instant(value));
    return exact == null ? null : exact.plusNanos(999).truncatedTo(ChronoUnit.MICROS);
  }

  private static Instant instant(Timestamp value) {
    if (value.getSeconds() < TIMESTAMP_SECONDS_MIN
        || value.getSeconds() > TIMESTAMP_SECONDS_MAX
        || value.getNanos() < 0
        || value.getNanos() > NANOS_MAX) {
      throw new InvalidValueException(
          "must be a Timestamp from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z");
    }
    return Instant.ofEpochSecond(value.getSeconds(), value.getNanos());
  }

  /** The values that a list is filtered by; empty means these by default. */
  <E extends Enum<E>, M> Set<E> filter(
      String field, List<M> values, Function<M, E> value, EnumSet<E> byDefault) {
    if (values.isEmpty()) {
      return byDefault;
    }
    if (values.size() > FILTER_VALUES_MAX) {
      violations.add(
          field, "must be at most %d, are %d".formatted(FILTER_VALUES_MAX, values.size()));
      return byDefault;
    }
    EnumSet<E> chosen = EnumSet.copyOf(byDefault);
    chosen.clear();
    chosen.addAll(each(field, values, value));
    return chosen;
  }

  int rows(int pageSize) {
    require(pageSize >= 0, "page_size", "must not be negative");
    return pageSize == 0 ? PAGE_ROWS_DEFAULT : Math.min(pageSize, PAGE_ROWS_MAX);
  }

  /** The row that a page token names; null for the first page. */
  <K> @Nullable K after(
      String pageToken, PageTokens tokens, int parts, Function<List<String>, K> key) {
    return readIf(
        !pageToken.isEmpty(), "page_token", () -> key.apply(tokens.keyOf(pageToken, parts)));
  }

  /** The good ones among these. */
  private <M, T> List<T> each(String field, List<M> values, Function<M, T> value) {
    var good = new ArrayList<T>();
    for (int i = 0; i < values.size(); i++) {
      M raw = values.get(i);
      T read = violations.check("%s[%d]".formatted(field, i), () -> value.apply(raw));
      if (read != null) {
        good.add(read);
      }
    }
    return good;
  }
}
