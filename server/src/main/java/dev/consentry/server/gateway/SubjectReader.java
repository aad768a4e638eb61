package dev.consentry.server.gateway;

import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.gateway.ClaimNames.TokenScopes;
import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.server.yaml.YamlEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads from whom a door learns who comes. */
final class SubjectReader {
  static final int ISSUERS_MAX = 10;
  static final int AUDIENCES_MAX = 10;

  private static final int ALGORITHMS_MAX = 10;

  /** What each source is made of; {@code source} itself apart. */
  private static final Map<String, List<String>> KEYS =
      Map.of(
          SubjectSource.Token.WORD, List.of("issuers", "app", "account"),
          SubjectSource.EnvoyJwt.WORD, List.of("payload", "issuers", "audiences", "app", "account"),
          SubjectSource.Peer.WORD, List.of("template"),
          SubjectSource.Fixed.WORD, List.of(),
          SubjectSource.Headers.WORD, List.of("app", "account", "trusted"));

  private static final List<String> ALL_KEYS =
      List.of("source", "issuers", "audiences", "app", "account", "payload", "template", "trusted");
  private static final List<String> ISSUER_KEYS =
      List.of("issuer", "jwks", "audiences", "algorithms", "type");
  private static final List<String> TOKEN_SCOPES_KEYS = List.of("claim", "missing");
  private static final Map<String, Boolean> MISSING = Map.of("deny", false, "ignore", true);

  /** RFC 9110 §5.1, in lower case; without {@code _} and {@code .}, for which there are aliases. */
  private static final Pattern HEADER = Pattern.compile("[a-z][a-z0-9-]{0,63}");

  private static final Set<String> NO_SUBJECT_HEADERS = Set.of("authorization", "host", "cookie");

  private final Around around;

  SubjectReader(Around around) {
    this.around = around;
  }

  /** Of a door; empty if there is none that can be used. */
  Optional<SubjectSource> subject(YamlEntry door) {
    Optional<YamlEntry> entry = door.child("subject", ALL_KEYS);
    Optional<String> source = entry.flatMap(it -> it.value("source", SubjectReader::source));
    if (entry.isEmpty() || source.isEmpty()) {
      return Optional.empty();
    }
    YamlEntry subject = entry.get();
    String word = source.get();
    for (String key : ALL_KEYS) {
      if (!key.equals("source") && subject.has(key) && !KEYS.get(word).contains(key)) {
        subject.problem(key, "does not belong to `source: %s`".formatted(word));
      }
    }
    boolean hasToken =
        word.equals(SubjectSource.Token.WORD) || word.equals(SubjectSource.EnvoyJwt.WORD);
    if (!hasToken && door.has("token_scopes")) {
      door.problem("token_scopes", "belongs to doors whose subject has a token");
    }
    return switch (word) {
      case SubjectSource.Token.WORD ->
          Optional.of(new SubjectSource.Token(issuers(subject), claims(door, subject)));
      case SubjectSource.EnvoyJwt.WORD ->
          Optional.of(
              new SubjectSource.EnvoyJwt(
                  text(subject, "payload"),
                  Set.copyOf(texts(subject, "issuers", ISSUERS_MAX)),
                  Set.copyOf(texts(subject, "audiences", AUDIENCES_MAX)),
                  claims(door, subject)));
      case SubjectSource.Peer.WORD ->
          subject.value("template", PrincipalTemplate::parse).map(SubjectSource.Peer::new);
      case SubjectSource.Fixed.WORD -> Optional.of(new SubjectSource.Fixed());
      default -> Optional.of(headers(subject));
    };
  }

  private static String source(String text) {
    if (!KEYS.containsKey(text)) {
      throw new InvalidValueException(
          "must be one of " + String.join(", ", KEYS.keySet().stream().sorted().toList()));
    }
    return text;
  }

  private SubjectSource headers(YamlEntry entry) {
    String app = entry.value("app", SubjectReader::header).orElse("");
    String account = entry.value("account", SubjectReader::header).orElse("");
    if (!app.isEmpty() && app.equals(account)) {
      entry.problem("account", "must be another header than `app`");
    }
    if (!entry.flag("trusted") && !around.authenticated()) {
      entry.problem(
          "must have `trusted: true`: this server does not ask who calls, so that whoever reaches it"
              + " can set these headers");
    }
    return new SubjectSource.Headers(app, account);
  }

  private static String header(String text) {
    if (!HEADER.matcher(text).matches()
        || NO_SUBJECT_HEADERS.contains(text)
        || text.startsWith("consentry-")) {
      throw new InvalidValueException(
          "must be a header's name in lower case, of letters, digits and `-`, and none that has"
              + " another meaning here");
    }
    return text;
  }

  private static ClaimNames claims(YamlEntry door, YamlEntry subject) {
    TokenScopes scopes =
        door.has("token_scopes")
            ? door.child("token_scopes", TOKEN_SCOPES_KEYS)
                .map(entry ->
                    new TokenScopes(
                        entry
                            .optional("claim", SubjectReader::nonEmpty)
                            .orElse(TokenScopes.DEFAULT.claim()),
                        entry
                            .optional("missing", text -> DoorReader.word(MISSING, text))
                            .orElse(Boolean.FALSE)))
                .orElse(TokenScopes.DEFAULT)
            : TokenScopes.DEFAULT;
    return new ClaimNames(text(subject, "app"), text(subject, "account"), scopes);
  }

  private List<TokenIssuer> issuers(YamlEntry subject) {
    var issuers = new ArrayList<TokenIssuer>();
    var seen = new HashSet<String>();
    for (YamlEntry entry : subject.entries("issuers", "issuer", ISSUERS_MAX, ISSUER_KEYS)) {
      String name = text(entry, "issuer");
      if (!seen.add(name)) {
        entry.problem("issuer", "stands there twice");
      }
      var issuer =
          new TokenIssuer(
              name,
              text(entry, "jwks"),
              Set.copyOf(texts(entry, "audiences", AUDIENCES_MAX)),
              entry.has("algorithms")
                  ? Set.copyOf(texts(entry, "algorithms", ALGORITHMS_MAX))
                  : Set.of(),
              entry.optional("type", SubjectReader::nonEmpty).orElse(TokenIssuer.DEFAULT_TYPE));
      if (entry.isSound()) {
        requireUsable(entry, issuer);
      }
      issuers.add(issuer);
    }
    return issuers;
  }

  private void requireUsable(YamlEntry entry, TokenIssuer issuer) {
    try {
      around.usable().accept(issuer);
    } catch (InvalidValueException e) {
      entry.problem(e.problem());
    }
  }

  private static List<String> texts(YamlEntry entry, String key, int max) {
    return entry.values(key, max, "", SubjectReader::nonEmpty);
  }

  private static String text(YamlEntry entry, String key) {
    return entry.value(key, SubjectReader::nonEmpty).orElse("");
  }

  private static String nonEmpty(String text) {
    if (text.isBlank()) {
      throw new InvalidValueException("must not be empty");
    }
    return text;
  }
}
