package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostNameTest {
  @ParameterizedTest
  @CsvSource({
    "api.example.com, api.example.com",
    "API.example.COM, api.example.com",
    "api.example.com., api.example.com",
    "api.example.com:443, api.example.com",
    "API.example.com.:80, api.example.com",
    "localhost:65535, localhost",
    "my_service:8080, my_service",
    "a--b.xn--bcher-kva.example, a--b.xn--bcher-kva.example",
    "127.0.0.1:80, 127.0.0.1",
    "[::1], [0:0:0:0:0:0:0:1]",
    "[::1]:8443, [0:0:0:0:0:0:0:1]",
    "[2001:DB8::A], [2001:db8:0:0:0:0:0:a]",
    "[2001:db8:0:0:0:0:0:a], [2001:db8:0:0:0:0:0:a]"
  })
  void parse_host_isInOneForm(String host, String form) throws UnsafeRequestException {
    assertEquals(form, HostName.parse(host).value());
    assertEquals(form, HostName.parse(form).value());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"\"                       | label",
        ".                          | label",
        ":80                        | label",
        "api.example.com..          | label",
        ".example.com               | label",
        "api..example.com           | label",
        "\" api.example.com\"       | U+0020",
        "api.example.com,b          | U+002C",
        "*.example.com              | U+002A",
        "root@api.example.com       | U+0040",
        "api.example.com/a          | U+002F",
        "api%2eexample.com          | U+0025",
        "api.example.com\\a         | U+005C",
        "bücher.example             | U+00FC",
        "\u212Aey.example           | U+212A",
        "api.example.com:           | port",
        "api.example.com:65536      | port",
        "api.example.com:000080     | port",
        "api.example.com:99999999999| port",
        "api.example.com:+80        | port",
        "api.example.com:８０       | port",
        "api.example.com:80:80      | port",
        "http://api.example.com     | port",
        "::1                        | port",
        "[                          | brackets",
        "[]                         | brackets",
        "[::1                       | port",
        "[::1].                     | brackets",
        "[::1]x:80                  | brackets",
        "[::1%eth0]                 | brackets",
        "[::1%25eth0]               | brackets",
        "[::g]                      | brackets",
        "[127.0.0.1]                | brackets",
        "[::ffff:127.0.0.1]         | brackets",
        "[api.example.com]          | brackets",
        "[1:2:3:4:5:6:7:8:9]        | brackets",
        "[v1.fe80]                  | brackets",
        "x[::1]                     | port"
      })
  void parse_anythingElse_isRefused(String host, String part) {
    var refused = assertThrows(UnsafeRequestException.class, () -> HostName.parse(host));
    assertTrue(refused.problem().contains(part), refused.problem());
    assertTrue(refused.problem().matches("[ -~]{1,120}"), refused.problem());
  }

  @Test
  void parse_lengths_areTakenUpToTheMaximum() {
    String label = "a".repeat(HostName.LABEL_LENGTH_MAX);
    assertDoesNotThrow(() -> HostName.parse(label + ".b"));
    assertThrows(UnsafeRequestException.class, () -> HostName.parse(label + "a.b"));

    String longest = ("a".repeat(9) + ".").repeat(25) + "abc";
    assertEquals(HostName.NAME_LENGTH_MAX, longest.length());
    assertDoesNotThrow(() -> HostName.parse(longest + ".:80"));
    assertThrows(UnsafeRequestException.class, () -> HostName.parse(longest + "d"));

    String address = "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]";
    assertEquals(HostName.IPV6_LENGTH_MAX, address.length());
    assertDoesNotThrow(() -> HostName.parse(address));
    assertThrows(UnsafeRequestException.class, () -> HostName.parse("[0" + address.substring(1)));
  }

  @Test
  void new_oneForm_isTaken() {
    assertEquals("api.example.com", new HostName("api.example.com").value());
    assertEquals(new HostName("[0:0:0:0:0:0:0:1]"), new HostName("[::1]"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"API.example.com", "api.example.com.", "api.example.com:443", "[::1]:80", ""})
  void new_anotherForm_isRefused(String value) {
    assertThrows(InvalidValueException.class, () -> new HostName(value));
  }
}
