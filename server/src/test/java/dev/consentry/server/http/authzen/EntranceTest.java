package dev.consentry.server.http.authzen;

import static dev.consentry.server.http.authzen.AuthZenDoor.evaluation;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.gateway.AuthZenSettings;
import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Role;
import dev.consentry.server.table.DecisionPoint;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who gets in, and what goes back when there is no answer. */
final class EntranceTest {
  private static final String JSON = evaluation("ledger", "read", "acme");

  private static AuthZenDoor open(Supplier<CompletableFuture<?>> store) {
    return AuthZenDoor.openWithTable(_ -> cold(store))
        .caller("decider", Binding.everywhere(Role.DECIDER))
        .caller("slow", Binding.everywhere(Role.DECIDER));
  }

  /** A table that knows nothing, and this store. */
  private static DecisionPoint cold(Supplier<CompletableFuture<?>> store) {
    return (DecisionPoint)
        Proxy.newProxyInstance(
            DecisionPoint.class.getClassLoader(),
            new Class<?>[] {DecisionPoint.class},
            (_, method, _) ->
                method.getName().startsWith("answer") && method.getName().endsWith("Now")
                    ? null
                    : store.get());
  }

  private static AuthZenDoor warm() {
    return AuthZenDoor.open()
        .app("ledger", "read")
        .grant("acme", "ledger", "read")
        .caller("decider", Binding.everywhere(Role.DECIDER))
        .caller("slow", Binding.everywhere(Role.DECIDER));
  }

  @Test
  void answer_callerWhoHasToBeLookedInto_isAnswered() {
    try (AuthZenDoor door = warm()) {
      assertTrue(door.postAs("slow", AuthZen.EVALUATION, JSON).decision());
      door.postAs("slow-unknown", AuthZen.EVALUATION, JSON).problem(401);
    }
  }

  /** Strangers must not fill the memory with bodies. */
  @Test
  void answer_unknownCaller_isRefusedBeforeItsBodyIsRead() {
    try (AuthZenDoor door = warm()) {
      FakeCall call =
          AuthZenDoor.call(AuthZen.EVALUATION, JSON)
              .with("Authorization", "Bearer nobody")
              .holdingBody();
      door.begin(call);
      assertFalse(call.isAwaited());
      call.reply().problem(401);
    }
  }

  @Test
  void answer_credentialTakenBackBeforeTheBodyWasThere_isRefused() {
    try (AuthZenDoor door = warm()) {
      FakeCall call =
          AuthZenDoor.call(AuthZen.EVALUATION, JSON)
              .with("Authorization", "Bearer decider")
              .holdingBody();
      door.begin(call);
      assertTrue(call.isAwaited());
      door.takeBack("decider");
      call.send();
      call.reply().problem(401);
    }
  }

  @Test
  void answer_bodyThatComesLater_isAnswered() {
    try (AuthZenDoor door = warm()) {
      FakeCall call = AuthZenDoor.call(AuthZen.EVALUATION, JSON).holdingBody();
      door.begin(call);
      assertFalse(call.isAnswered());
      call.send();
      assertTrue(call.reply().decision());
    }
  }

  /** Whoever counts places before the store has to know whose they are. */
  @Test
  void answer_fromTheStore_isAskedForByTheCaller() {
    var asking = new AtomicReference<@Nullable Caller>();
    var answer = new CompletableFuture<Object>();
    try (AuthZenDoor door =
        open(() -> {
          asking.set(CallerOf.CURRENT.get());
          return answer;
        })) {
      FakeCall call =
          AuthZenDoor.call(AuthZen.EVALUATION, JSON).with("Authorization", "Bearer decider");
      door.begin(call);
      Caller caller = asking.get();
      assertEquals("token:decider", caller == null ? "" : caller.actor().principal());
      assertFalse(call.isAnswered());
      answer.completeExceptionally(new RefusedException(new Refusal.TooStale()));
      assertEquals("STALE", call.reply().problem(503).get("reason").stringValue());
      assertEquals(1, door.counters().snapshot().get("misses"));
    }
  }

  @Test
  void answer_storeThatFails_says503AndWhenToComeAgain() {
    var overloaded = new Refusal.Overloaded(Duration.ofMillis(200));
    assertFails("OVERLOADED", 503, new RefusedException(overloaded));
    assertFails("STORE_UNAVAILABLE", 503, new RefusedException(new Refusal.StoreUnavailable()));
    assertFails("STORE_UNAVAILABLE", 503, new TimeoutException());
    assertFails("SHUTTING_DOWN", 503, new RefusedException(new Refusal.ShuttingDown()));
    assertFails("INTERNAL", 500, new IllegalStateException("for the test"));
  }

  private static void assertFails(String reason, int status, Throwable thrown) {
    try (AuthZenDoor door = open(() -> CompletableFuture.failedFuture(thrown))) {
      for (String path : List.of(AuthZen.EVALUATION, AuthZen.EVALUATIONS)) {
        String json = path.equals(AuthZen.EVALUATION) ? JSON : "{\"evaluations\":[" + JSON + "]}";
        Reply reply = door.postAs("decider", path, json);
        assertEquals(reason, reply.problem(status).get("reason").stringValue());
        assertEquals(status == 503 ? "1" : null, reply.header("Retry-After"));
      }
    }
  }

  @Test
  void answer_portThatRefusesAtOnce_says503() {
    try (AuthZenDoor door =
        open(() -> {
          throw new RefusedException(new Refusal.Overloaded(Duration.ofSeconds(2)));
        })) {
      assertEquals("2", door.postAs("decider", AuthZen.EVALUATION, JSON).header("Retry-After"));
    }
  }

  /** The event loop has others to serve meanwhile. */
  @Test
  void answer_largeBody_isReadOnAnotherThread() {
    var onVirtual = new AtomicBoolean();
    try (AuthZenDoor door =
        open(() -> {
          onVirtual.set(Thread.currentThread().isVirtual());
          return CompletableFuture.failedFuture(new RefusedException(new Refusal.TooStale()));
        })) {
      for (String json : List.of(JSON, "{\"evaluations\":[" + JSON + "]}")) {
        String path = json.equals(JSON) ? AuthZen.EVALUATION : AuthZen.EVALUATIONS;
        for (int more = 0; more < 2; more++) {
          int bytes = Entrance.BYTES_AT_ONCE_MAX + more;
          door.postAs("decider", path, json + " ".repeat(bytes - json.length())).problem(503);
          assertEquals(more > 0, onVirtual.get(), path);
        }
      }
    }
  }

  /** The store never answers: after two seconds the caller is told so. */
  @Test
  void answer_storeThatIsSilent_is503InTime() {
    try (AuthZenDoor door = open(CompletableFuture::new)) {
      Reply reply = door.postAs("decider", AuthZen.EVALUATION, JSON);
      assertEquals("STORE_UNAVAILABLE", reply.problem(503).get("reason").stringValue());
    }
  }

  @Test
  void metadata_withoutABaseUrl_is404() {
    var settings = new AuthZenSettings(null, "app", "account");
    try (AuthZenDoor door = AuthZenDoor.open(settings)) {
      var call = new FakeCall("GET", Discovery.WELL_KNOWN, new byte[0]).with("X-Request-ID", "r");
      Reply reply = door.send(call);
      reply.problem(404);
      assertEquals("r", reply.header("X-Request-ID"));
    }
  }

  /** Nobody needs a credential to find the way. */
  @Test
  void metadata_unknownCaller_isAnswered() {
    try (AuthZenDoor door = warm()) {
      var call =
          new FakeCall("GET", Discovery.WELL_KNOWN, new byte[0])
              .with("Authorization", "Bearer nobody");
      assertTrue(door.send(call).json().has("access_evaluation_endpoint"));
    }
  }
}
