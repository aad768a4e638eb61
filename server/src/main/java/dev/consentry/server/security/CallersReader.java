package dev.consentry.server.security;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.security.CallersFile.Listed;
import dev.consentry.server.yaml.Yaml;
import dev.consentry.server.yaml.YamlEntry;
import dev.consentry.server.yaml.YamlProblems;
import dev.consentry.server.yaml.YamlProblems.Place;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads a file of callers, and goes on where something is wrong, so that all of it is found: what
 * it returns then has gaps, and must not be used. For one reading.
 */
final class CallersReader {
  private static final List<String> FILE_KEYS = List.of("callers");
  private static final List<String> CALLER_KEYS = List.of("id", "tokens", "spiffe", "dns", "roles");
  private static final List<String> NAME_KEYS = List.of("id", "spiffe", "dns");
  private static final List<String> TOKEN_KEYS = List.of("sha256");
  private static final List<String> ROLE_KEYS = List.of("role", "accounts", "apps");

  private final YamlProblems problems = new YamlProblems(PresharedToken::hiddenIn);

  /** Actors and hashes, each with where it stood first. */
  private final Map<Object, Place> seen = new HashMap<>();

  /** One sentence each. */
  List<String> problems() {
    return problems.all();
  }

  CallersFile read(byte[] content) {
    var callers = new ArrayList<Listed>();
    document(content)
        .flatMap(yaml -> YamlEntry.read(yaml, new Place("", yaml.line()), FILE_KEYS, problems))
        .ifPresent(file -> {
          for (YamlEntry entry :
              file.entries("callers", "caller", CallersFile.CALLERS_MAX, CALLER_KEYS)) {
            caller(entry).ifPresent(callers::add);
          }
        });
    return new CallersFile(callers);
  }

  private Optional<Yaml> document(byte[] content) {
    if (content.length > CallersFile.FILE_BYTES_MAX) {
      problems.add("has more than %,d bytes".formatted(CallersFile.FILE_BYTES_MAX));
      return Optional.empty();
    }
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      Optional<Yaml> document = Yaml.read(text);
      if (document.isEmpty()) {
        problems.add("is empty: must have `callers`, a list");
      }
      return document;
    } catch (CharacterCodingException e) {
      problems.add("is not UTF-8");
    } catch (Yaml.UnreadableException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
    return Optional.empty();
  }

  private Optional<Listed> caller(YamlEntry entry) {
    Optional<Actor> actor = actor(entry);
    List<TokenHash> tokens = tokens(entry);
    var roles = new ArrayList<Binding>();
    for (YamlEntry role :
        entry.entries("roles", "role", CallersFile.ROLES_PER_CALLER_MAX, ROLE_KEYS)) {
      binding(role).ifPresent(roles::add);
    }
    return actor.map(named -> new Listed(named, roles, tokens));
  }

  private Optional<Actor> actor(YamlEntry entry) {
    List<String> named = NAME_KEYS.stream().filter(entry::has).toList();
    if (named.size() != 1) {
      entry.problem(
          "must have one of `id` (and `tokens`), `spiffe` and `dns`; has "
              + (named.isEmpty() ? "none" : "`" + String.join("` and `", named) + "`"));
      return Optional.empty();
    }
    String key = named.getFirst();
    Optional<Actor> actor = entry.value(key, text -> actor(key, text));
    actor.ifPresent(it -> requireFirst(it, entry, key));
    return actor;
  }

  private static Actor actor(String key, String text) {
    return switch (key) {
      case "id" -> new CallerId(text).actor();
      case "spiffe" -> CertificateNames.actor(new SpiffeId(text));
      case "dns" -> CertificateNames.actor(new DnsName(text));
      default -> throw new IllegalArgumentException(key);
    };
  }

  private List<TokenHash> tokens(YamlEntry entry) {
    var tokens = new ArrayList<TokenHash>();
    if (entry.has("tokens") && !entry.has("id")) {
      entry.problem("tokens", "belongs to callers with an `id` only");
    } else if (entry.has("id")) {
      int max = CallersFile.TOKENS_PER_CALLER_MAX;
      for (YamlEntry token : entry.entries("tokens", "token", max, TOKEN_KEYS)) {
        token
            .unshown("sha256", TokenHash::parse)
            .ifPresent(hash -> {
              requireFirst(hash, token, "sha256");
              tokens.add(hash);
            });
      }
    }
    return tokens;
  }

  private Optional<Binding> binding(YamlEntry entry) {
    Optional<Role> role = entry.value("role", CallersReader::role);
    if (role.filter(Role.OPERATOR::equals).isPresent()) {
      List<String> bound =
          ROLE_KEYS.stream().filter(k -> !k.equals("role") && entry.has(k)).toList();
      bound.forEach(
          key -> entry.problem(key, "must be left out: an operator's word counts for all of them"));
      return bound.isEmpty() ? Optional.of(Binding.everywhere(Role.OPERATOR)) : Optional.empty();
    }
    Extent accounts = extent(entry, "accounts", text -> new AccountId(text).value());
    Extent apps = extent(entry, "apps", text -> new AppId(text).value());
    return role.map(it -> new Binding(it, accounts, apps));
  }

  private static Role role(String text) {
    return Role.of(text)
        .orElseThrow(() -> new InvalidValueException("must be one of " + Role.texts()));
  }

  private static Extent extent(YamlEntry entry, String key, Function<String, String> parse) {
    if (!entry.has(key)) {
      return Extent.ALL;
    }
    var ids = new HashSet<String>();
    return Extent.of(
        entry.values(
            key,
            CallersFile.IDS_PER_ROLE_MAX,
            ": left out, it means all",
            text -> {
              if (text.equals("*")) {
                throw new InvalidValueException(
                    "must be an id, and `*` is a letter of ids: leave `%s` out for all"
                        .formatted(key));
              }
              String id = parse.apply(text);
              if (!ids.add(id)) {
                throw new InvalidValueException("stands there twice");
              }
              return id;
            }));
  }

  private void requireFirst(Object thing, YamlEntry entry, String key) {
    Place first = seen.putIfAbsent(thing, entry.place());
    if (first != null) {
      entry.problem(key, "is that of %s too".formatted(first));
    }
  }
}
