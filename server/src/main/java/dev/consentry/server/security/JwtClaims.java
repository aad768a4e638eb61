package dev.consentry.server.security;

import static dev.consentry.server.security.SignedToken.noGood;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what a token says, once it is known who says it. A claim that is malformed is no claim. */
final class JwtClaims {
  /** By so much the clocks of issuer and server may differ. */
  static final Duration SKEW = TokenRules.SKEW;

  static final int SUBJECT_CHARS_MAX = 256;

  private static final Extent NOWHERE = Extent.of(List.of());

  private final JwtSettings settings;
  private final TokenRules rules;

  JwtClaims(JwtSettings settings) {
    this.rules = TokenRules.of(settings);
    this.settings = settings;
  }

  /**
   * Whom a token names.
   *
   * @param until from then on it is no longer accepted
   * @param ids how many accounts and apps it lists
   */
  record Identity(Caller caller, Instant until, int ids) {}

  /**
   * Whom the claims name, and what they let it do.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated} if it is not for us or not for now;
   *     {@link Refusal.NotAllowed} if it opens nothing
   */
  Identity read(Map<String, Object> claims, Instant now) {
    Instant until = rules.requireClaims(claims, now);
    String subject = subject(claims.get("sub"));
    List<String> accounts = list(claims, settings.claims().accounts());
    List<String> apps = list(claims, settings.claims().apps());
    List<Binding> bindings = bindings(list(claims, settings.claims().roles()), accounts, apps);
    if (bindings.isEmpty()) {
      throw new RefusedException(new Refusal.NotAllowed());
    }
    return new Identity(
        new Caller(new Actor("jwt:" + subject), Rights.of(bindings)),
        until,
        size(accounts) + size(apps));
  }

  private List<Binding> bindings(
      @Nullable List<String> roles, @Nullable List<String> accounts, @Nullable List<String> apps) {
    var bindings = new ArrayList<Binding>();
    for (Role role : Role.values()) {
      if (roles == null || !roles.contains(role.text())) {
        continue;
      }
      if (role == Role.OPERATOR) {
        bindings.add(Binding.everywhere(role));
        continue;
      }
      Extent inAccounts = extent(accounts, settings.claims().everyAccount(), role);
      Extent forApps = extent(apps, settings.claims().everyApp(), role);
      if (!inAccounts.equals(NOWHERE) && !forApps.equals(NOWHERE)) {
        bindings.add(new Binding(role, inAccounts, forApps));
      }
    }
    return bindings;
  }

  private static Extent extent(@Nullable List<String> ids, Set<Role> everywhere, Role role) {
    if (ids == null) {
      return everywhere.contains(role) ? Extent.ALL : NOWHERE;
    }
    return Extent.of(Set.copyOf(ids));
  }

  private static String subject(@Nullable Object claim) {
    if (claim instanceof String subject
        && !subject.isEmpty()
        && subject.length() <= SUBJECT_CHARS_MAX
        && subject.chars().allMatch(c -> c >= 0x21 && c <= 0x7E)) {
      return subject;
    }
    throw noGood(
        "the token has no `sub` of 1 to %d visible ASCII characters".formatted(SUBJECT_CHARS_MAX));
  }

  /** Null if there is none. A text is a list with spaces in between, as in {@code scope}. */
  private static @Nullable List<String> list(Map<String, Object> claims, String name) {
    Map<?, ?> in = claims;
    String last = name;
    if (name.startsWith("/")) {
      String[] path = name.substring(1).split("/", -1);
      for (int i = 0; i < path.length - 1; i++) {
        String step = unescaped(path[i]);
        if (!in.containsKey(step)) {
          return null;
        }
        if (!(in.get(step) instanceof Map<?, ?> deeper)) {
          throw malformed(name);
        }
        in = deeper;
      }
      last = unescaped(path[path.length - 1]);
    }
    return in.containsKey(last) ? texts(in.get(last), name) : null;
  }

  private static List<String> texts(@Nullable Object claim, String name) {
    var texts = new ArrayList<String>();
    if (claim instanceof String text) {
      for (String one : text.split(" ", -1)) {
        if (!one.isEmpty()) {
          texts.add(one);
        }
      }
      return texts;
    }
    if (!(claim instanceof List<?> list)) {
      throw malformed(name);
    }
    for (Object one : list) {
      if (!(one instanceof String text)) {
        throw malformed(name);
      }
      texts.add(text);
    }
    return texts;
  }

  /** RFC 6901 §4. */
  private static String unescaped(String step) {
    return step.replace("~1", "/").replace("~0", "~");
  }

  private static int size(@Nullable List<String> ids) {
    return ids == null ? 0 : ids.size();
  }

  private static RefusedException malformed(String name) {
    return noGood("`" + name + "` of the token is neither a list of texts nor a text");
  }
}
