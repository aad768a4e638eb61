package dev.consentry.server.gateway;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.Door.CallerBy;
import dev.consentry.server.gateway.Door.Family;
import dev.consentry.server.gateway.Door.Kind;
import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.server.yaml.YamlEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads one door. */
final class DoorReader {
  static final List<String> KEYS =
      List.of(
          "kind",
          "family",
          "caller",
          "subject",
          "token_scopes",
          "scopes",
          "tenant",
          "allow_headers",
          "preflight",
          "resource_metadata",
          "consent_uri");

  private static final Map<String, Kind> KINDS = byWord(Kind.values(), Kind::word);
  private static final Map<String, Family> FAMILIES =
      Map.of("x-forwarded", Family.X_FORWARDED, "x-original", Family.X_ORIGINAL);
  private static final Map<String, CallerBy> CALLERS =
      byWord(CallerBy.values(), CallerBy::word);
  private static final Map<String, Boolean> PREFLIGHTS = Map.of("allow", true, "deny", false);

  private final Around around;

  DoorReader(Around around) {
    this.around = around;
  }

  /** Empty if it has no kind, subject or scopes that can be used. */
  Optional<Door> door(String name, YamlEntry entry) {
    Kind kind = entry.value("kind", text -> word(KINDS, text)).orElse(null);
    Family family = Family.X_FORWARDED;
    CallerBy caller = CallerBy.NOBODY_ASKS;
    if (kind == Kind.FORWARD_AUTH) {
      family = entry.value("family", text -> word(FAMILIES, text)).orElse(family);
      caller = entry.value("caller", this::caller).orElse(caller);
    } else if (kind == Kind.EXT_AUTHZ) {
      for (String key : List.of("family", "caller")) {
        if (entry.has(key)) {
          entry.problem(key, "belongs to doors of `kind: forward-auth`");
        }
      }
    }
    SubjectSource subject = new SubjectReader(around).subject(entry).orElse(null);
    ScopeSource scopes = scopes(entry).orElse(null);
    boolean preflight =
        entry.optional("preflight", text -> word(PREFLIGHTS, text)).orElse(Boolean.FALSE);
    Set<String> allowed = allowedHeaders(entry);
    String metadata =
        entry
            .optional("resource_metadata", text -> GatewayReader.https(text).toString())
            .orElse(null);
    ConsentUri consent = entry.optional("consent_uri", ConsentUri::new).orElse(null);
    if (kind == null || subject == null || scopes == null) {
      return Optional.empty();
    }
    if (kind == Kind.FORWARD_AUTH) {
      requireForwardAuth(entry, subject, scopes);
    }
    return Optional.of(
        new Door(
            name, kind, family, caller, subject, scopes, allowed, preflight, metadata, consent));
  }

  private CallerBy caller(String text) {
    CallerBy caller = word(CALLERS, text);
    if (caller == CallerBy.NOBODY_ASKS && around.authenticated()) {
      throw new InvalidValueException("must be mtls or token: this server asks who calls");
    }
    if (caller != CallerBy.NOBODY_ASKS && !around.authenticated()) {
      throw new InvalidValueException("must be none: this server does not ask who calls");
    }
    if (caller == CallerBy.MTLS && !around.clientCertificates()) {
      throw new InvalidValueException("must be token: without `tls-client-ca` there is no mtls");
    }
    return caller;
  }

  private static void requireForwardAuth(
      YamlEntry entry, SubjectSource subject, ScopeSource scopes) {
    if (subject instanceof SubjectSource.EnvoyJwt
        || subject instanceof SubjectSource.Peer
        || subject instanceof SubjectSource.Fixed) {
      entry.problem(
          "subject",
          "`source: %s` belongs to doors of `kind: ext_authz`".formatted(subject.word()));
    }
    if (scopes instanceof ScopeSource.Gateway) {
      entry.problem("scopes", "`gateway` belongs to doors of `kind: ext_authz`");
    }
  }

  private static Optional<ScopeSource> scopes(YamlEntry entry) {
    boolean isWord = entry.isText("scopes");
    if (!isWord && entry.has("scopes")) {
      List<Scope> scopes =
          entry.values("scopes", CheckQuestion.SCOPES_PER_CHECK_MAX, "", once(new HashSet<>()));
      if (DoorAnswer.text(scopes).length() > DoorAnswer.SCOPES_HEADER_BYTES_MAX) {
        entry.problem(
            "scopes",
            "must have at most %,d characters together: they go into one header"
                .formatted(DoorAnswer.SCOPES_HEADER_BYTES_MAX));
      }
      requireNoTenant(entry);
      return scopes.isEmpty() ? Optional.empty() : Optional.of(new ScopeSource.Fixed(scopes));
    }
    String word = entry.value("scopes", DoorReader::scopesWord).orElse("");
    if (word.equals(ScopeSource.Gateway.WORD)) {
      return Optional.of(new ScopeSource.Gateway(tenant(entry)));
    }
    requireNoTenant(entry);
    return word.isEmpty() ? Optional.empty() : Optional.of(new ScopeSource.Routes());
  }

  private static String scopesWord(String text) {
    if (!text.equals(ScopeSource.Gateway.WORD) && !text.equals(ScopeSource.Routes.WORD)) {
      throw new InvalidValueException("must be a list of scopes, or one of `routes` and `gateway`");
    }
    return text;
  }

  private static @Nullable PathTemplate tenant(YamlEntry entry) {
    return entry
        .optional(
            "tenant",
            text -> {
              PathTemplate template = PathTemplate.parse(text);
              if (!template.hasAccount()) {
                throw new InvalidValueException("must have `{account}` in place of a segment");
              }
              return template;
            })
        .orElse(null);
  }

  private static void requireNoTenant(YamlEntry entry) {
    if (entry.has("tenant")) {
      entry.problem("tenant", "belongs to doors with `scopes: gateway`");
    }
  }

  private static Set<String> allowedHeaders(YamlEntry entry) {
    if (!entry.has("allow_headers")) {
      return Set.of();
    }
    return Set.copyOf(
        entry.values(
            "allow_headers",
            Door.OVERRIDES.size(),
            ": left out, it means none",
            text -> {
              if (!Door.OVERRIDES.contains(text)) {
                throw new InvalidValueException(
                    "must be one of " + String.join(", ", Door.OVERRIDES));
              }
              return text;
            }));
  }

  private static Function<String, Scope> once(Set<Scope> seen) {
    return text -> {
      var scope = new Scope(text);
      if (!seen.add(scope)) {
        throw new InvalidValueException("stands there twice");
      }
      return scope;
    };
  }

  private static <E> Map<String, E> byWord(E[] values, Function<E, String> word) {
    return Arrays.stream(values).collect(Collectors.toUnmodifiableMap(word, value -> value));
  }

  static <T> T word(Map<String, T> words, String text) {
    T value = words.get(text);
    if (value == null) {
      var known = new ArrayList<>(words.keySet());
      known.sort(null);
      throw new InvalidValueException("must be one of " + String.join(", ", known));
    }
    return value;
  }
}
