package dev.consentry.server.security;

import static dev.consentry.server.security.TestToken.EC;
import static dev.consentry.server.security.TestToken.RSA;
import static dev.consentry.server.security.TestToken.SETTINGS;
import static dev.consentry.server.security.TestToken.good;
import static dev.consentry.server.security.TestToken.publicSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys in a file, which somebody replaces, breaks and removes. */
final class JwksFileTest {
  private static final Duration A_YEAR = Duration.ofDays(365);

  @TempDir private Path folder;

  @Test
  void look_replacedFile_isReadWithinASecond() throws IOException {
    Path file = write(publicSet(RSA));
    var time = new TestTime();
    try (var keys = new JwtKeys(new JwksFile(file), time::nanos)) {
      long version = keys.now().version();
      write(publicSet(EC));
      keys.look();
      assertNotNull(keys.newerThan(keys.now()).keys().find("rsa-1", "RS256"));
      time.pass(JwksFile.PACE.every());
      keys.look();
      assertNotNull(keys.newerThan(keys.now()).keys().find("ec-1", "ES256"));
      assertNull(keys.now().keys().find("rsa-1", "RS256"));
      assertEquals(version + 1, keys.now().version());
    }
  }

  @Test
  void look_brokenFile_leavesTheOldKeysForGood() throws IOException {
    Path file = write(publicSet(RSA));
    var time = new TestTime();
    try (var keys = new JwtKeys(new JwksFile(file), time::nanos)) {
      for (String broken :
          new String[] {"", "{", "[]", publicSet(EC).substring(9), " ".repeat(1 << 20)}) {
        write(broken);
        time.pass(A_YEAR.dividedBy(10));
        keys.look();
        assertNotNull(keys.newerThan(keys.now()).keys().find("rsa-1", "RS256"));
      }
      Files.delete(file);
      time.pass(A_YEAR.dividedBy(10));
      keys.look();
      assertNotNull(keys.newerThan(keys.now()).keys().find("rsa-1", "RS256"));
      assertEquals(0, keys.now().version());
    }
  }

  @Test
  void open_fileThatCannotBeUsed_doesNotStart() throws IOException {
    assertCannotStart("does not exist");
    write("{\"keys\": 1}");
    assertCannotStart("is no JWK set");
    Files.delete(file());
    Files.createDirectory(file());
    assertCannotStart(file().toString());
  }

  @Test
  void open_realClock_looksInTheBackground() throws IOException {
    write(publicSet(RSA));
    var time = new TestTime();
    try (var jwts = Jwts.open(settings(), time)) {
      var rsa = new Credential.Bearer(good().signedBy(RSA));
      var ec = new Credential.Bearer(good().signedBy(EC));
      assertNotNull(jwts.identify(rsa));
      write(publicSet(EC));
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (jwts.version() == 0 && System.nanoTime() - end < 0) {
        Thread.onSpinWait();
      }
      assertNull(jwts.known(rsa));
      assertNotNull(jwts.identify(ec));
      assertThrows(RefusedException.class, () -> jwts.identify(rsa));
    }
  }

  private void assertCannotStart(String why) {
    String problem =
        assertThrows(JwtKeysException.class, () -> Jwts.open(settings(), new TestTime()))
            .getMessage();
    assertTrue(
        problem.startsWith("the keys of the JWT issuer cannot be had: ") && problem.contains(why),
        problem);
  }

  private JwtSettings settings() {
    return new JwtSettings(
        SETTINGS.issuer(),
        SETTINGS.audience(),
        SETTINGS.algorithms(),
        SETTINGS.type(),
        SETTINGS.claims(),
        new JwtSettings.Keys.File(file()));
  }

  private Path file() {
    return folder.resolve("keys.json");
  }

  private Path write(String set) throws IOException {
    return Files.writeString(file(), set);
  }
}
