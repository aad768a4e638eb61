package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.decision.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DnsNameTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"sidecar.example.org", "a", "localhost", "3com.example", "xn--bcher-kva.example"})
  void new_nameInLowerCase_isTaken(String name) {
    assertDoesNotThrow(() -> new DnsName(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Sidecar.example.org",
        "*.example.org",
        "sidecar.example.org.",
        ".example.org",
        "a..b",
        "-a.example.org",
        "a-.example.org",
        "a_b.example.org",
        "bücher.example",
        "side\u0000car.example.org",
        "sidecar.example.org\n",
        "a b",
        "10.0.0.1",
        "sidecar.example.org:443"
      })
  void new_anythingElse_isRefused(String name) {
    assertThrows(InvalidValueException.class, () -> new DnsName(name));
  }

  @Test
  void new_lengths_areTakenUpToTheMaximum() {
    String label = "a".repeat(DnsName.LABEL_BYTES_MAX);
    assertDoesNotThrow(() -> new DnsName(label));
    assertThrows(InvalidValueException.class, () -> new DnsName(label + "a"));

    String longest = "a.".repeat(DnsName.NAME_BYTES_MAX / 2) + "a";
    assertDoesNotThrow(() -> new DnsName(longest));
    assertThrows(InvalidValueException.class, () -> new DnsName("a" + longest));
  }
}
