package dev.consentry.server.decision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckQuestionTest {
  private static final GrantKey KEY = new GrantKey(new AccountId("acme"), new AppId("app"));

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 99, 100})
  void new_1To100Scopes_isAQuestion(int size) {
    assertEquals(size, new CheckQuestion(KEY, scopes(size)).scopes().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 101, 1_000})
  void new_noneOrTooMany_isRefused(int size) {
    var refused =
        assertThrows(InvalidValueException.class, () -> new CheckQuestion(KEY, scopes(size)));
    assertEquals("must name 1 to 100 scopes, names " + size, refused.problem());
  }

  @Test
  void new_101TimesTheSame_isRefusedToo() {
    var same = Collections.nCopies(101, new Scope("a"));
    assertThrows(InvalidValueException.class, () -> new CheckQuestion(KEY, same));
  }

  @Test
  void new_listChangedAfterwards_doesNotChangeTheQuestion() {
    var scopes = new ArrayList<>(scopes(1));
    var question = new CheckQuestion(KEY, scopes);
    scopes.clear();
    assertEquals(scopes(1), question.scopes());
  }

  private static List<Scope> scopes(int size) {
    return IntStream.range(0, size).mapToObj(i -> new Scope("s" + i)).toList();
  }
}
