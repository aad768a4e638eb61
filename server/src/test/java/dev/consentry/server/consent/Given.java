package dev.consentry.server.consent;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The people, the app and the commands that the tests of the rules talk about. */
final class Given {
  static final Actor ADMIN = new Actor("local");
  static final Actor OTHER_ADMIN = new Actor("token:other");
  static final Actor OPERATOR = new Actor("token:operator");
  static final AppId APP = new AppId("ledger-sync");
  static final AppId OTHER_APP = new AppId("payroll");
  static final GrantKey KEY = key("acme");

  private Given() {}

  static GrantKey key(String account) {
    return new GrantKey(new AccountId(account), APP);
  }

  /** Requires {@code read} and {@code list}, offers {@code write} and {@code export}. */
  static Manifest manifest() {
    return manifest(List.of("read", "list"), List.of("write", "export"));
  }

  static Manifest manifest(List<String> required, List<String> optional) {
    return new Manifest(
        "Ledger Sync", "Ledgers", "", "", "", declared(required), declared(optional));
  }

  static PutApp put(Manifest manifest) {
    return new PutApp(OPERATOR, APP, manifest, null);
  }

  static SuspendApp suspend() {
    return new SuspendApp(OPERATOR, APP, "leaked keys");
  }

  static ResumeApp resume() {
    return new ResumeApp(OPERATOR, APP, "keys changed");
  }

  static DeleteApp delete() {
    return new DeleteApp(OPERATOR, APP, false, "retired");
  }

  static Revoke revoke() {
    return new Revoke(ADMIN, KEY, false, null, "no longer used");
  }

  /** Agrees to version 1 with what is required; the rest is changed with the methods here. */
  static Authorize authorize() {
    return new Authorize(ADMIN, KEY, List.of(), 1, null, false, null, null, "needed");
  }

  static Authorize choosing(Authorize a, String... optional) {
    return new Authorize(
        a.actor(),
        a.key(),
        scopes(optional),
        a.manifestVersion(),
        a.expireTime(),
        a.replace(),
        a.expectedRevision(),
        a.requestId(),
        a.reason());
  }

  static Authorize onKey(Authorize a, GrantKey key) {
    return new Authorize(
        a.actor(),
        key,
        a.optionalScopes(),
        a.manifestVersion(),
        a.expireTime(),
        a.replace(),
        a.expectedRevision(),
        a.requestId(),
        a.reason());
  }

  static Authorize by(Authorize a, Actor actor) {
    return new Authorize(
        actor,
        a.key(),
        a.optionalScopes(),
        a.manifestVersion(),
        a.expireTime(),
        a.replace(),
        a.expectedRevision(),
        a.requestId(),
        a.reason());
  }

  static Authorize shown(Authorize a, int version) {
    return new Authorize(
        a.actor(),
        a.key(),
        a.optionalScopes(),
        version,
        a.expireTime(),
        a.replace(),
        a.expectedRevision(),
        a.requestId(),
        a.reason());
  }

  static Authorize until(Authorize a, @Nullable Instant expireTime) {
    return new Authorize(
        a.actor(),
        a.key(),
        a.optionalScopes(),
        a.manifestVersion(),
        expireTime,
        a.replace(),
        a.expectedRevision(),
        a.requestId(),
        a.reason());
  }

  static Authorize replacing(Authorize a) {
    return new Authorize(
        a.actor(),
        a.key(),
        a.optionalScopes(),
        a.manifestVersion(),
        a.expireTime(),
        true,
        a.expectedRevision(),
        a.requestId(),
        a.reason());
  }

  static Authorize expecting(Authorize a, @Nullable Revision revision) {
    return new Authorize(
        a.actor(),
        a.key(),
        a.optionalScopes(),
        a.manifestVersion(),
        a.expireTime(),
        a.replace(),
        revision,
        a.requestId(),
        a.reason());
  }

  static Authorize under(Authorize a, @Nullable UUID requestId) {
    return new Authorize(
        a.actor(),
        a.key(),
        a.optionalScopes(),
        a.manifestVersion(),
        a.expireTime(),
        a.replace(),
        a.expectedRevision(),
        requestId,
        a.reason());
  }

  static Authorize because(Authorize a, String reason) {
    return new Authorize(
        a.actor(),
        a.key(),
        a.optionalScopes(),
        a.manifestVersion(),
        a.expireTime(),
        a.replace(),
        a.expectedRevision(),
        a.requestId(),
        reason);
  }

  static List<Scope> scopes(String... names) {
    return Arrays.stream(names).map(Scope::new).toList();
  }

  static ScopeSet set(String... names) {
    return ScopeSet.of(scopes(names));
  }

  private static List<AppScope> declared(List<String> names) {
    return names.stream().map(name -> new AppScope(new Scope(name), "to " + name)).toList();
  }
}
