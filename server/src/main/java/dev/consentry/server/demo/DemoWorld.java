package dev.consentry.server.demo;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.AppScope;
import dev.consentry.server.consent.Authorize;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.consent.PutApp;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.consent.SuspendApp;
import dev.consentry.server.consent.SweepExpired;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Scope;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The demo world of {@code world.yaml}, acted out: every step is a command that the rules decide,
 * at its own time in the past.
 */
public final class DemoWorld {
  private final GrantStore store;
  private final DemoClock clock;
  private final LocalDate today;
  private final Map<AppId, Integer> manifestVersions = new HashMap<>();

  private DemoWorld(GrantStore store, DemoClock clock, LocalDate today) {
    this.store = store;
    this.clock = clock;
    this.today = today;
  }

  /**
   * Fills an empty store.
   *
   * @param clock the store's own
   * @return how many steps it took
   */
  public static int fill(GrantStore store, DemoClock clock, Instant now) {
    var script = DemoScript.read();
    var world = new DemoWorld(store, clock, LocalDate.ofInstant(now, ZoneOffset.UTC));
    List<DemoScript> history = script.at("history").list();
    history.forEach(step -> world.play(step, script.at("apps")));
    return history.size();
  }

  private void play(DemoScript step, DemoScript apps) {
    var day = today.plusDays(step.at("day").integer());
    clock.set(day.atTime(LocalTime.parse(step.at("time").text())).toInstant(ZoneOffset.UTC));
    if (step.has("sweep")) {
      execute(new SweepExpired());
      return;
    }
    var actor = new Actor(step.at("by").text());
    if (step.has("put")) {
      String name = step.at("put").text();
      put(actor, name, apps.at(name));
    } else if (step.has("suspend")) {
      execute(new SuspendApp(actor, new AppId(step.at("suspend").text()), reason(step)));
    } else if (step.has("revoke")) {
      execute(new Revoke(actor, key(step.at("revoke")), false, null, reason(step)));
    } else {
      execute(authorize(actor, step.at("grant"), reason(step)));
    }
  }

  private void put(Actor actor, String name, DemoScript app) {
    var id = new AppId(app.has("app_id") ? app.at("app_id").text() : name);
    var manifest =
        new Manifest(
            app.at("display_name").text(),
            app.at("publisher").text(),
            app.at("homepage_uri").text(),
            "",
            app.at("support_uri").text(),
            scopes(app.at("required_scopes")),
            scopes(app.at("optional_scopes")));
    manifestVersions.put(id, execute(new PutApp(actor, id, manifest, null)).manifestVersion());
  }

  private Authorize authorize(Actor actor, DemoScript grant, String reason) {
    GrantKey key = key(grant);
    List<Scope> optional =
        grant.has("optional")
            ? grant.at("optional").list().stream().map(s -> new Scope(s.text())).toList()
            : List.of();
    @Nullable Instant expireTime =
        grant.has("days")
            ? clock.instant().plus(grant.at("days").integer(), ChronoUnit.DAYS)
            : null;
    return new Authorize(
        actor,
        key,
        optional,
        manifestVersions.getOrDefault(key.app(), 0),
        expireTime,
        grant.has("replace"),
        null,
        null,
        reason);
  }

  private <R> R execute(Command<R> command) {
    return store.execute(command, () -> false).value();
  }

  private static List<AppScope> scopes(DemoScript scopes) {
    return scopes.names().stream()
        .map(name -> new AppScope(new Scope(name), scopes.at(name).text()))
        .toList();
  }

  private static GrantKey key(DemoScript step) {
    return new GrantKey(new AccountId(step.at("account").text()), new AppId(step.at("app").text()));
  }

  private static String reason(DemoScript step) {
    return step.at("reason").text();
  }
}
