package dev.consentry.server.http.authzen;

import static dev.consentry.server.http.authzen.AuthZenDoor.evaluation;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.PageTokens;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** A page token is good for the same search by the same caller alone. */
final class PagedTest {
  private static final String CALLER = "token:alice";

  /** Reads the page of a request. */
  private interface Reader {
    Paged of(ObjectNode request, Search search, String caller);
  }

  private static ObjectNode request(String json) {
    return Json.object(json.getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectNode query() {
    return request(evaluation("app", "read", "acme"));
  }

  private static ObjectNode withToken(ObjectNode query, String token) {
    query.withObject("page").put("token", token);
    return query;
  }

  private static String tokenAfter(Reader reader, String result) {
    ObjectNode first = query();
    first.withObject("page").put("limit", 7);
    return reader.of(first, Search.SUBJECT, CALLER).tokenAfter(result);
  }

  private static void assertBound(Reader reader) {
    String token = tokenAfter(reader, "mail");
    Paged same = reader.of(withToken(query(), token), Search.SUBJECT, CALLER);
    assertEquals(7, same.limit());
    assertEquals("mail", same.after());
    ObjectNode otherId = query();
    otherId.withObject("subject").put("id", "passed over");
    assertEquals("mail", reader.of(withToken(otherId, token), Search.SUBJECT, CALLER).after());
    refused(reader, withToken(query(), token), Search.SUBJECT, "token:bob");
    refused(reader, withToken(query(), token), Search.RESOURCE, CALLER);
    for (String other :
        List.of(
            evaluation("app", "write", "acme"),
            evaluation("app", "read", "globex"),
            evaluation("app", "read", "acme").replace("\"app\"", "\"App\""),
            evaluation("app", "read", "acme").replace("\"acme\"", "\"acme\",\"properties\":{}"),
            evaluation("app", "read", "acme")
                .replace("{\"subject\"", "{\"context\":{},\"subject\""))) {
      refused(reader, withToken(request(other), token), Search.SUBJECT, CALLER);
    }
    ObjectNode otherLimit = withToken(query(), token);
    otherLimit.withObject("page").put("limit", 8);
    refused(reader, otherLimit, Search.SUBJECT, CALLER);
  }

  private static void refused(Reader reader, ObjectNode request, Search search, String caller) {
    assertThrows(
        InvalidFieldsException.class, () -> reader.of(request, search, caller), request::toString);
  }

  @Test
  void token_anotherSearchOrCaller_isRefused() {
    assertBound(Paged::of);
  }

  @Test
  void token_mutantForEveryCaller_isFound() {
    assertThrows(
        AssertionError.class,
        () -> assertBound((request, search, _) -> Paged.of(request, search, "anybody")));
  }

  @Test
  void token_mutantForEveryQuery_isFound() {
    assertThrows(
        AssertionError.class,
        () ->
            assertBound((request, search, caller) -> {
              ObjectNode pageAlone = query();
              pageAlone.set("page", request.get("page"));
              return Paged.of(pageAlone, search, caller);
            }));
  }

  @Test
  void token_sameQueryInAnotherOrder_isTheSame() {
    String token = tokenAfter(Paged::of, "mail");
    ObjectNode turned =
        request(
            """
            {"unknown":1,"resource":{"id":"acme","type":"account"},"action":{"name":"read"},
             "subject":{"type":"app"}}\
            """);
    assertEquals("mail", Paged.of(withToken(turned, token), Search.SUBJECT, CALLER).after());
  }

  @Test
  void token_forged_isRefused() {
    String token = tokenAfter(Paged::of, "mail");
    byte[] bytes = Base64.getUrlDecoder().decode(token);
    for (int i = 0; i < bytes.length - "7\nmail".length(); i++) {
      byte[] forged = bytes.clone();
      forged[i] ^= 1;
      refused(
          Paged::of,
          withToken(query(), Base64.getUrlEncoder().withoutPadding().encodeToString(forged)),
          Search.SUBJECT,
          CALLER);
    }
    for (String forged : List.of("x", token + "=", token + "AA", token.substring(4), "\ud800")) {
      refused(Paged::of, withToken(query(), forged), Search.SUBJECT, CALLER);
    }
    var ofOthers = PageTokens.of("SUBJECT", "{}", CALLER);
    refused(Paged::of, withToken(query(), ofOthers.after(7, "mail")), Search.SUBJECT, CALLER);
  }

  /** Whoever knows how tokens are made gains nothing, but must not break anything either. */
  @Test
  void token_wellMadeWithNonsenseInIt_isRefused() {
    Paged first = Paged.of(query(), Search.SUBJECT, CALLER);
    for (String limit : List.of("-1", "1001", "x", "", "99999999999")) {
      refused(
          Paged::of,
          withToken(query(), first.tokens().after(limit, "mail")),
          Search.SUBJECT,
          CALLER);
    }
    try (AuthZenDoor door = AuthZenDoor.open()) {
      var tokens = Paged.of(query(), Search.SUBJECT, "local").tokens();
      ObjectNode nonsense = withToken(query(), tokens.after(7, "no id"));
      door.post(AuthZen.SEARCH_SUBJECT, nonsense.toString()).problem(400);
    }
  }

  @Test
  void token_ofLimit0_startsAtTheBeginning() {
    ObjectNode none = query();
    none.withObject("page").put("limit", 0);
    String token = Paged.of(none, Search.SUBJECT, CALLER).tokenAfter(null);
    Paged again = Paged.of(withToken(query(), token), Search.SUBJECT, CALLER);
    assertEquals(0, again.limit());
    assertNull(again.after());
  }
}
