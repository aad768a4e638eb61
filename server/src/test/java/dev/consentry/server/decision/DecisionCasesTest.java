package dev.consentry.server.decision;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.consentry.server.decision.Decision.Allow;
import dev.consentry.server.decision.Decision.Deny;
import dev.consentry.server.decision.Standing.Terms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of {@code decision-cases.txt} is a question with the one right answer. */
final class DecisionCasesTest {
  private static final GrantKey KEY = new GrantKey(new AccountId("acme"), new AppId("app"));
  private static final int COLUMNS = 10;

  /** The rows below the head line, with null where the table has a dash. */
  static Stream<Arguments> rows() throws IOException {
    try (var table = DecisionCasesTest.class.getResourceAsStream("/decision-cases.txt")) {
      return new String(Objects.requireNonNull(table).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .skip(1)
          .map(line -> Arguments.of((Object[]) columns(line)));
    }
  }

  private static @Nullable String[] columns(String line) {
    @Nullable String[] columns = line.strip().split(" +\\| +", -1);
    assertEquals(COLUMNS, columns.length, line);
    Arrays.setAll(columns, i -> "-".equals(columns[i]) ? null : columns[i]);
    return columns;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void decide_caseOfTheTable_isAsWritten(
      String name,
      String app,
      @Nullable GrantState grant,
      @Nullable String granted,
      @Nullable String expires,
      long nowMicros,
      String asked,
      String decision,
      @Nullable DenyReason reason,
      @Nullable String missing) {
    Terms terms =
        grant == null ? null : new Terms(grant, ScopeSet.of(scopes(granted)), micros(expires));

    Decision answer =
        Decision.decide(
            new CheckQuestion(KEY, scopes(asked)), new Standing(suspended(app), terms), nowMicros);

    assertEquals(expected(decision, reason, missing, micros(expires)), answer, name);
  }

  private static Decision expected(
      String decision, @Nullable DenyReason reason, @Nullable String missing, long expireMicros) {
    return switch (decision) {
      case "ALLOW" -> {
        assertEquals(List.of(), scopes(missing), "an ALLOW misses nothing");
        yield new Allow(expireMicros);
      }
      case "DENY" -> {
        if (reason == null) {
          throw new IllegalArgumentException("a DENY has a reason");
        }
        yield new Deny(reason, scopes(missing));
      }
      default -> throw new IllegalArgumentException("no decision: " + decision);
    };
  }

  private static boolean suspended(String app) {
    return switch (app) {
      case "suspended" -> true;
      case "active" -> false;
      default -> throw new IllegalArgumentException("no state of an app: " + app);
    };
  }

  private static long micros(@Nullable String expires) {
    return expires == null || "never".equals(expires) ? Terms.NEVER : Long.parseLong(expires);
  }

  private static List<Scope> scopes(@Nullable String names) {
    return names == null ? List.of() : Arrays.stream(names.split(" ", -1)).map(Scope::new).toList();
  }
}
