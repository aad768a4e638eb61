package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.yaml.Yaml;
import dev.consentry.server.yaml.YamlProblems;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CallersFileTest {
  private static final Path FILE = Path.of("callers.yaml");
  private static final String HASH = "a".repeat(TokenHash.HEX_DIGITS);

  private static final String WHOLE =
      """
      callers:
        - id: gateway
          tokens:
            - sha256: 1111111111111111111111111111111111111111111111111111111111111111
            - sha256: 12E4111111111111111111111111111111111111111111111111111111111111
          roles:
            - role: decider
              accounts: [acme, 007, "yes"]
              apps: [mail]
            - role: viewer
        - spiffe: spiffe://example.org/ns/prod/sa/console
          roles: [{role: account-admin, accounts: [acme]}]
        - dns: sidecar.example.org
          roles: [{role: operator}]
      """;

  @Test
  void parse_wholeFile_saysWhoMayDoWhat() {
    var both =
        List.of(
            TokenHash.parse("1".repeat(TokenHash.HEX_DIGITS)),
            TokenHash.parse("12e4" + "1".repeat(TokenHash.HEX_DIGITS - 4)));
    assertEquals(
        List.of(
            new CallersFile.Listed(
                new Actor("token:gateway"),
                List.of(
                    new Binding(
                        Role.DECIDER,
                        Extent.of(List.of("acme", "007", "yes")),
                        Extent.of(List.of("mail"))),
                    Binding.everywhere(Role.VIEWER)),
                both),
            new CallersFile.Listed(
                new Actor("spiffe://example.org/ns/prod/sa/console"),
                List.of(new Binding(Role.ACCOUNT_ADMIN, Extent.of(List.of("acme")), Extent.ALL)),
                List.of()),
            new CallersFile.Listed(
                new Actor("dns:sidecar.example.org"),
                List.of(Binding.everywhere(Role.OPERATOR)),
                List.of())),
        parse(WHOLE).callers());
  }

  @Test
  void parse_everythingWrong_isToldAtOnce() {
    assertEquals(
        List.of(
            "caller 1, `id` (line 2): must be 1 to 64 letters, digits, `.`, `_`, `@`, `/` and `-`; is `a gate<U+001B>way`",
            "caller 1, token 1, `sha256` (line 4): must be a SHA-256 of 64 hex digits (what stands there is not shown: it may be a secret)",
            "caller 1, token 2 (line 5): must be `key: value`, the keys being `sha256`",
            "caller 1, role 1, `role` (line 7): must be one of decider, viewer, account-admin, operator; is `admin`",
            "caller 1, role 1 (line 8): unknown key: `acounts`; known are `role`, `accounts`, `apps`",
            "caller 1, role 2, `accounts` (line 10): must be left out: an operator's word counts for all of them",
            "caller 2, `spiffe` (line 11): must begin with `spiffe://`, in lower case; is `SPIFFE://example.org/a`",
            "caller 2, role 1, `accounts` (line 14): must not be empty: left out, it means all",
            "caller 2, role 1, `apps`, number 1 (line 15): must be an id, and `*` is a letter of ids: leave `apps` out for all; is `*`",
            "caller 2, role 1, `apps`, number 3 (line 15): stands there twice; is `mail`",
            "caller 2, role 1, `apps`, number 4 (line 15): must be visible ASCII (0x21 to 0x7E), has U+0020 at position 2; is `a b`",
            "caller 3 (line 16): must have one of `id` (and `tokens`), `spiffe` and `dns`; has `spiffe` and `dns`",
            "caller 3 (line 16): must have `roles`, a list",
            "caller 4 (line 18): must have one of `id` (and `tokens`), `spiffe` and `dns`; has none",
            "caller 4, role 1 (line 18): must have `role`",
            "caller 5 (line 19): must be `key: value`, the keys being `id`, `tokens`, `spiffe`, `dns`, `roles`",
            "caller 6, `tokens` (line 21): belongs to callers with an `id` only",
            "caller 6, `roles` (line 22): must be a list",
            "caller 7 (line 23): must have `tokens`, a list",
            "caller 7, `roles` (line 24): must not be empty",
            "caller 8, `dns` (line 25): must be one value"),
        problems(
            """
            callers:
              - id: "a gate\\eway"
                tokens:
                  - sha256: abc
                  - hunter2
                roles:
                  - role: admin
                    acounts: [acme]
                  - role: operator
                    accounts: [acme]
              - spiffe: SPIFFE://example.org/a
                roles:
                  - role: decider
                    accounts: []
                    apps: ["*", mail, mail, "a b"]
              - dns: a.example.org
                spiffe: spiffe://example.org/a
              - roles: [{accounts: [acme]}]
              - gateway
              - dns: b.example.org
                tokens: []
                roles: decider
              - id: g
                roles: []
              - dns: [c.example.org]
                roles: [{role: decider}]
            """));
  }

  @Test
  void parse_theSameTwice_isRefusedWithWhereItStoodFirst() {
    assertEquals(
        List.of(
            "caller 3, `id` (line 8): is that of caller 1 (line 2) too",
            "caller 3, token 1, `sha256` (line 9): is that of caller 1, token 1 (line 3) too",
            "caller 4, `spiffe` (line 11): is that of caller 2 (line 5) too",
            "caller 6, `dns` (line 15): is that of caller 5 (line 13) too",
            "caller 6 (line 17): `roles` stands there twice"),
        problems(
            """
            callers:
              - id: gateway
                tokens: [{sha256: HASH}]
                roles: [{role: decider}]
              - spiffe: spiffe://example.org/a
                roles: [{role: decider}]

              - id: gateway
                tokens: [{sha256: OTHER}]
                roles: [{role: decider}]
              - spiffe: spiffe://example.org/a
                roles: [{role: decider}]
              - dns: a.example.org
                roles: [{role: decider}]
              - dns: a.example.org
                roles: [{role: decider}]
                roles: [{role: viewer}]
            """
                .replace("HASH", HASH)
                .replace("OTHER", "A".repeat(TokenHash.HEX_DIGITS))));
  }

  @Test
  void parse_tokenInTheFile_isRefusedAndNotShown() {
    String token = PresharedToken.make(new SecureRandom()).secret();
    for (String place :
        List.of(
            "callers: [{id: T, tokens: [{sha256: T}], roles: [{role: decider}]}]",
            "callers: [{id: a, tokens: [T], roles: [{role: decider}]}]",
            "callers: [{id: a, tokens: [{T: T}], roles: [{role: T, accounts: ['T é']}]}]",
            "callers: [{id: a, token: T, tokens: T}]",
            "T: [",
            "callers: *T",
            "callers: !T x",
            "T")) {
      List<String> problems = problems(place.replace("T", token));
      assertFalse(problems.toString().contains(token.substring(4, 10)), problems.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nobody",
        "callers:",
        "callers: []",
        "callers: {}",
        "callers: ~",
        "[]",
        "callers",
        "caller: []",
        "callers: [{}]",
        "callers: [[]]",
        "callers: [",
        "a: b: c",
        "callers: []\n---\ncallers: []",
        "? [a]\n: b",
        "\u0000"
      })
  void parse_nothingOfTheForm_isRefused(String text) {
    assertFalse(problems(text).isEmpty());
  }

  @Test
  void parse_bytesThatAreNotUtf8_areRefused() {
    byte[] content = {'c', (byte) 0xC3, (byte) 0x28};
    var refused = assertThrows(CallersFileException.class, () -> CallersFile.parse(FILE, content));
    assertEquals(List.of("is not UTF-8"), refused.problems());
  }

  @Test
  void parse_bombs_areRefusedQuickly() {
    int many = CallersFile.FILE_BYTES_MAX / 8;
    String aliases =
        "a: &a [x, x]\n"
            + IntStream.range(0, 30)
                .mapToObj(i -> "b%d: &b%d [*a, *a]\n".formatted(i, i))
                .collect(Collectors.joining());
    for (String bomb :
        List.of(
            "[".repeat(many),
            "{a: ".repeat(many),
            "- ".repeat(many),
            "callers: " + "[".repeat(many) + "]".repeat(many),
            aliases,
            "callers: &a [*a]",
            "callers: [" + "{},".repeat(many) + "]",
            "x,".repeat(many),
            "callers: [" + "x,".repeat(many) + "]")) {
      List<String> problems =
          assertTimeoutPreemptively(Duration.ofSeconds(20), () -> problems(bomb));
      assertTrue(problems.size() <= YamlProblems.TOLD_MAX + 1, () -> "" + problems.size());
    }
  }

  @Test
  void parse_depth_isTakenUpToTheMaximum() {
    assertEquals(
        List.of(
            "caller 1 (line 1): must be `key: value`, the keys being `id`, `tokens`, `spiffe`, `dns`, `roles`"),
        problems("callers: " + nested(Yaml.DEPTH_MAX - 1)));
    assertEquals(
        List.of("line 1: nested deeper than 16"), problems("callers: " + nested(Yaml.DEPTH_MAX)));
  }

  @Test
  void parse_fileBytes_areTakenUpToTheMaximum() {
    String longest = WHOLE + "#".repeat(CallersFile.FILE_BYTES_MAX - WHOLE.length());
    assertEquals(3, parse(longest).callers().size());
    assertEquals(List.of("has more than 1,048,576 bytes"), problems(longest + "#"));
  }

  @Test
  void parse_callers_areTakenUpToTheMaximum() {
    assertEquals(CallersFile.CALLERS_MAX, parse(callers(CallersFile.CALLERS_MAX)).callers().size());
    assertEquals(
        List.of("`callers` (line 2): must be at most 1,000, are 1,001"),
        problems(callers(CallersFile.CALLERS_MAX + 1)));
  }

  @Test
  void parse_rolesOfACaller_areTakenUpToTheMaximum() {
    String one = "    - role: viewer\n";
    String start = "callers:\n- dns: a.example.org\n  roles:\n";
    int max = CallersFile.ROLES_PER_CALLER_MAX;
    assertDoesNotThrow(() -> parse(start + one.repeat(max)));
    assertEquals(
        List.of("caller 1, `roles` (line 4): must be at most 16, are 17"),
        problems(start + one.repeat(max + 1)));
  }

  @Test
  void parse_tokensOfACaller_areTakenUpToTheMaximum() {
    assertDoesNotThrow(() -> parse(tokens(CallersFile.TOKENS_PER_CALLER_MAX)));
    assertEquals(
        List.of("caller 1, `tokens` (line 1): must be at most 2, are 3"),
        problems(tokens(CallersFile.TOKENS_PER_CALLER_MAX + 1)));
  }

  @Test
  void parse_idsOfARole_areTakenUpToTheMaximum() {
    for (String key : List.of("accounts", "apps")) {
      assertDoesNotThrow(() -> parse(ids(key, CallersFile.IDS_PER_ROLE_MAX)));
      assertEquals(
          List.of(
              "caller 1, role 1, `%s` (line 1): must be at most 1,000, are 1,001".formatted(key)),
          problems(ids(key, CallersFile.IDS_PER_ROLE_MAX + 1)));
    }
  }

  @Test
  void parse_lengthOfIds_isTakenUpToTheMaximum() {
    String caller =
        "callers: [{id: %s, tokens: [{sha256: %s}], roles: [{role: viewer, accounts: [%s]}]}]";
    String id = "a".repeat(CallerId.ID_LENGTH_MAX);
    String account = "a".repeat(256);
    assertDoesNotThrow(() -> parse(caller.formatted(id, HASH, account)));
    assertEquals(1, problems(caller.formatted(id + "a", HASH, account)).size());
    assertEquals(1, problems(caller.formatted(id, HASH, account + "a")).size());
    assertEquals(1, problems(caller.formatted(id, HASH + "a", account)).size());
    assertEquals(1, problems(caller.formatted(id, HASH.substring(1), account)).size());
  }

  @Test
  void parse_manyProblems_areToldUpToTheMaximum() {
    String one = "- dns: x\n  roles: [{role: x}]\n";
    List<String> all = problems("callers:\n" + one.repeat(YamlProblems.TOLD_MAX));
    assertEquals(YamlProblems.TOLD_MAX + 1, all.size());
    assertEquals("and 49 more", all.getLast(), "all but one are `x` again");
  }

  @Test
  void shown_longValue_isCut() {
    var problems = new YamlProblems(text -> text);
    String longest = "a".repeat(YamlProblems.SHOWN_LENGTH_MAX);
    assertEquals("`" + longest + "`", problems.shown(longest));
    assertEquals("`" + longest + "…`", problems.shown(longest + "a"));
  }

  @Test
  void read_file_saysWhyItCannot(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("callers.yaml");
    var missing = assertThrows(CallersFileException.class, () -> CallersFile.read(file));
    assertEquals(List.of("no such file"), missing.problems());
    var directory = assertThrows(CallersFileException.class, () -> CallersFile.read(folder));
    assertTrue(directory.problems().getFirst().startsWith("cannot be read"), directory::getMessage);

    Files.writeString(file, WHOLE);
    assertEquals(3, CallersFile.read(file).callers().size());
    Files.writeString(file, "#".repeat(CallersFile.FILE_BYTES_MAX + 10));
    var large = assertThrows(CallersFileException.class, () -> CallersFile.read(file));
    assertEquals(file + ": has more than 1,048,576 bytes", large.getMessage());
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }

  private static String callers(int count) {
    return IntStream.range(0, count)
        .mapToObj("- {dns: a%d.example.org, roles: [{role: viewer}]}\n"::formatted)
        .collect(Collectors.joining("", "callers:\n", ""));
  }

  private static String tokens(int count) {
    return IntStream.range(0, count)
        .mapToObj("{sha256: %064x}"::formatted)
        .collect(
            Collectors.joining(
                ", ", "callers: [{id: a, tokens: [", "], roles: [{role: viewer}]}]"));
  }

  private static String ids(String key, int count) {
    return IntStream.range(0, count)
        .mapToObj("id%d"::formatted)
        .collect(
            Collectors.joining(
                ", ",
                "callers: [{dns: a.example.org, roles: [{role: viewer, %s: [".formatted(key),
                "]}]}]"));
  }

  private static CallersFile parse(String text) {
    return CallersFile.parse(FILE, text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> problems(String text) {
    return assertThrows(CallersFileException.class, () -> parse(text)).problems();
  }
}
