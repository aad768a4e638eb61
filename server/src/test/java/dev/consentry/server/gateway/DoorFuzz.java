package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.consentry.server.Seeds;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.gateway.GatewayFile.Around;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Any bytes as a file with a section {@code gateway}: doors that hold, or all that is wrong. */
final class DoorFuzz {
  private static final Path FILE = Path.of("server.yaml");
  private static final Around OPEN = new Around(false, false);

  /** Placeholders of one problem, and the longest value that is shown, escaped. */
  private static final int PROBLEM_LENGTH_MAX = 4_096;

  @FuzzTest
  void parse(byte[] input) {
    assertHolds(bytes -> GatewayFile.parse(FILE, bytes, OPEN), input);
  }

  @Test
  void parse_mutantThatTakesValuesForTheHost_isFoundByASeed() {
    Seeds.of(this, "parse")
        .assertFinds(seed ->
            assertHolds(
                bytes -> {
                  Gateway read = GatewayFile.parse(FILE, bytes, OPEN);
                  read.doors().values().stream()
                      .map(Door::consentUri)
                      .filter(uri -> uri != null && uri.template().contains("{app}"))
                      .forEach(_ -> new ConsentUri("https://{app}/"));
                  return read;
                },
                seed));
  }

  private static void assertHolds(Function<byte[], Gateway> reader, byte[] input) {
    Gateway read;
    try {
      read = reader.apply(input);
    } catch (GatewayFileException e) {
      assertFalse(e.problems().isEmpty());
      for (String problem : e.problems()) {
        assertTrue(problem.length() <= PROBLEM_LENGTH_MAX, problem);
      }
      return;
    }
    read.doors()
        .forEach((name, door) -> {
          assertEquals(name, door.name());
          assertTrue(Door.OVERRIDES.containsAll(door.allowedHeaders()));
          assertIsWhole(door);
          if (door.scopes() instanceof ScopeSource.Fixed(var scopes)) {
            assertFalse(scopes.isEmpty());
            assertTrue(DoorAnswer.text(scopes).length() <= DoorAnswer.SCOPES_HEADER_BYTES_MAX);
          }
        });
    // The same again.
    assertTrue(read.hasDoorsOf(reader.apply(input)));
  }

  private static void assertIsWhole(Door door) {
    switch (door.subject()) {
      case SubjectSource.Token(var issuers, var claims) -> {
        assertFalse(issuers.isEmpty());
        issuers.forEach(issuer -> assertFalse(issuer.audiences().isEmpty()));
        assertFalse(claims.account().isEmpty() || claims.app().isEmpty());
      }
      case SubjectSource.EnvoyJwt jwt ->
          assertFalse(
              jwt.issuers().isEmpty() || jwt.audiences().isEmpty() || jwt.payload().isEmpty());
      case SubjectSource.Headers(var app, var account) -> assertFalse(app.equals(account));
      case SubjectSource.Peer _, SubjectSource.Fixed _ -> {}
    }
    ConsentUri consent = door.consentUri();
    if (consent != null) {
      var evil = new Subject(new AppId("evil.example/#"), new AccountId("@evil\"\\"), null);
      String uri = consent.of(evil, "a b");
      assertEquals(
          List.of(authority(consent.template()), "https"),
          List.of(authority(uri), uri.substring(0, uri.indexOf(':'))));
    }
  }

  private static String authority(String uri) {
    String rest = uri.substring("https://".length());
    int end = 0;
    while (end < rest.length() && "/?#".indexOf(rest.charAt(end)) < 0) {
      end++;
    }
    return rest.substring(0, end);
  }
}
