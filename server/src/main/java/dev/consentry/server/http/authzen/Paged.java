package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.PageTokens;
import dev.consentry.server.consent.Violation;
import dev.consentry.server.decision.InvalidValueException;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The page that a search asks for. Its token holds how many results a page has, and the last one of
 * the page before; it is good for the same search by the same caller alone.
 *
 * @param limit 0 to {@value #LIMIT_MAX}
 * @param after the last result of the page before; null for the first page
 */
record Paged(int limit, @Nullable String after, PageTokens tokens) {
  static final int LIMIT_MAX = 1_000;

  private static final String PAGE = "page";
  private static final String TOKEN = "token";
  private static final String LIMIT = "limit";
  private static final List<String> ENTITIES = List.of("subject", "action", "resource", "context");

  /**
   * Reads it.
   *
   * @param search which search it is, and whose id its request need not have
   * @param caller whose the tokens are
   * @throws InvalidFieldsException if there is no such page
   */
  static Paged of(ObjectNode request, Search search, String caller) {
    ObjectNode page = page(request);
    Integer limit = limit(page);
    var tokens = PageTokens.of(search.name(), query(request, page, search), caller);
    String token = token(page);
    if (token.isEmpty()) {
      return new Paged(limit == null ? LIMIT_MAX : limit, null, tokens);
    }
    List<String> key = key(tokens, token);
    int limitBefore = digits(key.getFirst());
    if (limit != null && limit != limitBefore) {
      throw invalid(LIMIT, "must be that of the page before, %d, or absent".formatted(limitBefore));
    }
    String after = key.getLast();
    return new Paged(limitBefore, after.isEmpty() ? null : after, tokens);
  }

  private static ObjectNode page(ObjectNode request) {
    if (!request.hasNonNull(PAGE)) {
      return Json.object();
    }
    if (request.get(PAGE) instanceof ObjectNode page) {
      return page;
    }
    throw new InvalidFieldsException(List.of(new Violation(PAGE, "must be an object")));
  }

  private static @Nullable Integer limit(ObjectNode page) {
    if (!page.hasNonNull(LIMIT)) {
      return null;
    }
    JsonNode limit = page.get(LIMIT);
    if (!limit.isIntegralNumber() || limit.bigIntegerValue().signum() < 0) {
      throw invalid(LIMIT, "must be a whole number that is not negative");
    }
    return limit.bigIntegerValue().min(BigInteger.valueOf(LIMIT_MAX)).intValue();
  }

  private static String token(ObjectNode page) {
    if (!page.hasNonNull(TOKEN)) {
      return "";
    }
    JsonNode token = page.get(TOKEN);
    if (!token.isString()) {
      throw invalid(TOKEN, "must be a string");
    }
    return token.stringValue();
  }

  /** All that has to be the same for the next page, in one line. */
  private static String query(ObjectNode request, ObjectNode page, Search search) {
    ObjectNode query = Json.object();
    for (String entity : ENTITIES) {
      if (request.hasNonNull(entity)) {
        query.set(entity, request.get(entity).deepCopy());
      }
    }
    switch (search) {
      case SUBJECT, RESOURCE -> query.withObject(search.entity()).remove("id");
      case ACTION -> query.remove(search.entity());
    }
    ObjectNode rest = page.deepCopy();
    rest.remove(List.of(TOKEN, LIMIT));
    query.set(PAGE, rest);
    return Json.canonical(query);
  }

  private static List<String> key(PageTokens tokens, String token) {
    try {
      return tokens.keyOf(token, 2);
    } catch (InvalidValueException e) {
      throw notOurs();
    }
  }

  private static int digits(String text) {
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 0 && limit <= LIMIT_MAX) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // Not ours either.
    }
    throw notOurs();
  }

  static InvalidFieldsException notOurs() {
    return invalid(
        TOKEN,
        "must be the `next_token` of the page before, of the same search by the same caller");
  }

  private static InvalidFieldsException invalid(String field, String description) {
    return new InvalidFieldsException(List.of(new Violation(PAGE + "." + field, description)));
  }

  /** Names what follows this result; what follows nothing is everything. */
  String tokenAfter(@Nullable String result) {
    return tokens.after(limit, result == null ? "" : result);
  }
}
