package dev.consentry.server.decision;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both sides of every edge of account ids, app ids and scopes. */
final class IdentifiersTest {
  /** All that is made of visible ASCII, by constructor. */
  static Stream<Named<Function<String, Record>>> types() {
    return Stream.of(
        Named.of("AccountId", AccountId::new),
        Named.of("AppId", AppId::new),
        Named.of("Scope", Scope::new));
  }

  @ParameterizedTest
  @MethodSource("types")
  void new_lengths_are1To256(Function<String, Record> type) {
    assertEquals(
        "must have 1 to 256 characters, has 0", refused(type, "").problem(), "none at all");
    assertEquals("x", type.apply("x").toString());
    assertEquals("x".repeat(256), type.apply("x".repeat(256)).toString());
    assertEquals(
        "must have 1 to 256 characters, has 257", refused(type, "x".repeat(257)).problem());
  }

  @ParameterizedTest
  @MethodSource("types")
  void new_everyUtf16Unit_onlyItsAlphabetPasses(Function<String, Record> type) {
    boolean scope = type.apply("x") instanceof Scope;
    assertAll(
        IntStream.rangeClosed(0, Character.MAX_VALUE)
            .mapToObj(c ->
                () -> {
                  String value = "a" + (char) c + "z";
                  boolean ok = c >= 0x21 && c <= 0x7E && !(scope && (c == '"' || c == '\\'));
                  if (ok) {
                    assertEquals(value, type.apply(value).toString());
                  } else {
                    refused(type, value);
                  }
                }));
  }

  @ParameterizedTest
  @ValueSource(strings = {" x", "x ", "x\n", "\tx", "x\u0000", "\u00a0x", "x\u007f", "x\u0080"})
  void new_spaceOrControlAtAnEnd_isRefusedNotTrimmed(String value) {
    types().forEach(type -> refused(type.getPayload(), value));
  }

  /** e + acute: composed and decomposed; full-width a; Cyrillic a; a rocket outside the BMP. */
  @ParameterizedTest
  @ValueSource(strings = {"caf\u00e9", "cafe\u0301", "\uff41", "\u0430", "\ud83d\ude80", "\u212a"})
  void new_unicodeInAnyForm_isRefused(String value) {
    types().forEach(type -> refused(type.getPayload(), value));
  }

  @Test
  void new_outsideTheAlphabet_saysWhatAndWhere() {
    assertEquals(
        "must be visible ASCII (0x21 to 0x7E), has U+0020 at position 3",
        refused(AccountId::new, "ab c").problem());
    assertEquals(
        "must be visible ASCII (0x21 to 0x7E), has U+1F680 at position 2",
        refused(AppId::new, "a\ud83d\ude80").problem());
    assertEquals(
        "must be a scope-token of RFC 6749 (visible ASCII without `\"` and `\\`), "
            + "has U+005C at position 1",
        refused(Scope::new, "\\").problem());
  }

  @ParameterizedTest
  @MethodSource("types")
  void equals_otherCase_isAnother(Function<String, Record> type) {
    assertNotEquals(type.apply("Acme"), type.apply("acme"));
    assertEquals(type.apply("Acme"), type.apply("Acme"));
    assertEquals(type.apply("Acme").hashCode(), type.apply("Acme").hashCode());
  }

  @Test
  void new_urlAsAppId_isFine() {
    assertEquals(
        "https://app.example/client?x=1#y",
        new AppId("https://app.example/client?x=1#y").toString());
  }

  @Test
  void compareTo_anyTwo_isByteOrder() {
    var sorted = List.of("!", "-", "0", "A", "Z", "Za", "_", "a", "aa", "ab", "b", "~");
    assertEquals(
        sorted,
        new TreeSet<>(mapped(sorted, AccountId::new)).stream().map(AccountId::value).toList());
    assertEquals(
        sorted, new TreeSet<>(mapped(sorted, AppId::new)).stream().map(AppId::value).toList());
    assertEquals(
        sorted, new TreeSet<>(mapped(sorted, Scope::new)).stream().map(Scope::value).toList());
  }

  @Test
  void compareTo_keys_goByAccountThenApp() {
    var a2 = key("a", "2");
    assertTrue(key("a", "1").compareTo(a2) < 0);
    assertTrue(a2.compareTo(key("a", "10")) > 0, "bytewise, not by number");
    assertTrue(a2.compareTo(key("b", "1")) < 0);
    assertTrue(a2.compareTo(key("A", "3")) > 0);
    assertEquals(0, a2.compareTo(key("a", "2")));
  }

  private static GrantKey key(String account, String app) {
    return new GrantKey(new AccountId(account), new AppId(app));
  }

  private static <T> Set<T> mapped(List<String> values, Function<String, T> type) {
    return Set.copyOf(values.stream().map(type).toList());
  }

  private static InvalidValueException refused(Function<String, ? extends Record> type, String v) {
    return assertThrows(InvalidValueException.class, () -> type.apply(v), v);
  }
}
