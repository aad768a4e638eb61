package dev.consentry.server.consent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestTest {
  private static final String ROCKET = "\ud83d\ude80";

  @Test
  void new_displayNameLengths_are1To128CodePoints() {
    assertEquals(List.of("display_name"), fields(() -> named("")));
    assertEquals("x", named("x").displayName());
    assertEquals("x".repeat(128), named("x".repeat(128)).displayName());
    assertEquals(ROCKET.repeat(128), named(ROCKET.repeat(128)).displayName());
    assertEquals(List.of("display_name"), fields(() -> named("x".repeat(129))));
    assertEquals(List.of("display_name"), fields(() -> named(ROCKET.repeat(129))));
  }

  @Test
  void new_publisherLengths_are0To128CodePoints() {
    assertEquals("", publishedBy("").publisher());
    assertEquals(ROCKET.repeat(128), publishedBy(ROCKET.repeat(128)).publisher());
    assertEquals(List.of("publisher"), fields(() -> publishedBy("x".repeat(129))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u0000b", "a\nb", "a\tb", "a\u007fb", "a\u0085b", "\u202eb", "a\u2066"})
  void new_controlOrBidiInTexts_isRefused(String text) {
    assertEquals(List.of("display_name"), fields(() -> named(text)));
    assertEquals(List.of("publisher"), fields(() -> publishedBy(text)));
    assertEquals(List.of("description"), fields(() -> new AppScope(new Scope("a"), text)));
  }

  @Test
  void new_unicodeForms_areKeptAsTheyCome() {
    assertEquals("cafe\u0301", named("cafe\u0301").displayName());
    assertNotEquals(named("caf\u00e9"), named("cafe\u0301"), "any difference is one");
  }

  @Test
  void appScope_descriptionLengths_areUpTo280CodePoints() {
    assertEquals("", new AppScope(new Scope("a"), "").description());
    var longest = ROCKET.repeat(280);
    assertEquals(longest, new AppScope(new Scope("a"), longest).description());
    assertEquals(
        List.of(new Violation("description", "must have 0 to 280 characters, has 281")),
        violations(() -> new AppScope(new Scope("a"), "x".repeat(281))));
  }

  @Test
  void new_scopes_areUpTo200Together() {
    assertEquals(0, new Manifest("x", "", "", "", "", List.of(), List.of()).required().size());
    assertEquals(200, withScopes(scopes(0, 200), List.of()).required().size());
    assertEquals(200, withScopes(List.of(), scopes(0, 200)).optional().size());
    var half = withScopes(scopes(0, 100), scopes(100, 200));
    assertEquals(200, half.required().size() + half.optional().size());

    String problem = "required and optional scopes together must be at most 200, are 201";
    assertEquals(
        List.of(new Violation("optional_scopes", problem)),
        violations(() -> withScopes(scopes(0, 200), scopes(200, 201))));
    assertEquals(
        List.of(new Violation("optional_scopes", problem)),
        violations(() -> withScopes(List.of(), scopes(0, 201))));
    assertEquals(
        List.of(new Violation("required_scopes", problem)),
        violations(() -> withScopes(scopes(0, 201), List.of())));
  }

  @Test
  void new_scopeDeclaredTwice_isRefusedWhereItRepeats() {
    assertEquals(
        List.of(
            new Violation("required_scopes[2].name", "`a` is declared more than once"),
            new Violation("optional_scopes[0].name", "`b` is declared more than once"),
            new Violation("optional_scopes[2].name", "`c` is declared more than once")),
        violations(() -> withScopes(scoped("a", "b", "a"), scoped("b", "c", "c"))));
    assertEquals(1, withScopes(scoped("a"), scoped("A")).optional().size(), "another scope");
  }

  @Test
  void new_uris_httpOnlyNowhereMailtoOnlyForSupport() {
    assertEquals(
        List.of("homepage_uri", "logo_uri", "support_uri"),
        fields(
            () -> linked("http://a.example/", "http://a.example/l.png", "http://a.example/help")));
    assertEquals(
        List.of("homepage_uri", "logo_uri"),
        fields(() -> linked("mailto:a@a.example", "mailto:a@a.example", "mailto:a@a.example")));
    String longest = "https://a.example/" + "x".repeat(2_048 - 18);
    assertEquals(longest, linked(longest, longest, longest).logoUri());
    assertEquals(
        List.of("homepage_uri", "logo_uri", "support_uri"),
        fields(() -> linked(longest + "x", longest + "x", longest + "x")));
  }

  @Test
  void new_everythingWrong_isSaidAtOnce() {
    var scopes = new ArrayList<>(scopes(0, 200));
    scopes.add(scopes.getFirst());
    assertEquals(
        List.of(
            "display_name",
            "publisher",
            "homepage_uri",
            "logo_uri",
            "support_uri",
            "optional_scopes",
            "optional_scopes[200].name"),
        fields(() -> new Manifest("", "\u0007", "x", "ftp://x/", "tel:1", List.of(), scopes)));
  }

  @Test
  void new_listsChangedAfterwards_doNotChangeIt() {
    var scopes = new ArrayList<>(scoped("a"));
    var manifest = withScopes(scopes, List.of());
    scopes.clear();
    assertEquals(ScopeSet.of(List.of(new Scope("a"))), manifest.required());
  }

  @Test
  void check_partOfAPart_hasTheWholePath() {
    var violations = new Violations();
    violations.check("app.required_scopes[3]", () -> new AppScope(new Scope("a"), "x".repeat(281)));
    violations.check("app.required_scopes[4].name", () -> new Scope(""));
    violations.addAll("app.", violations(() -> named("")));
    assertEquals(
        List.of(
            "app.required_scopes[3].description",
            "app.required_scopes[4].name",
            "app.display_name"),
        fields(() -> {
          violations.throwIfAny();
          return violations;
        }));
  }

  private static Manifest named(String displayName) {
    return new Manifest(displayName, "", "", "", "", List.of(), List.of());
  }

  private static Manifest publishedBy(String publisher) {
    return new Manifest("x", publisher, "", "", "", List.of(), List.of());
  }

  private static Manifest linked(String homepage, String logo, String support) {
    return new Manifest("x", "", homepage, logo, support, List.of(), List.of());
  }

  private static Manifest withScopes(List<AppScope> required, List<AppScope> optional) {
    return new Manifest("x", "", "", "", "", required, optional);
  }

  private static List<AppScope> scopes(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> new AppScope(new Scope("s" + i), "")).toList();
  }

  private static List<AppScope> scoped(String... scopes) {
    return List.of(scopes).stream().map(s -> new AppScope(new Scope(s), "")).toList();
  }

  private static List<String> fields(Supplier<?> value) {
    return violations(value).stream().map(Violation::field).toList();
  }

  private static List<Violation> violations(Supplier<?> value) {
    return assertThrows(InvalidFieldsException.class, value::get).violations();
  }
}
