package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConsentUriTest {
  @Test
  void of_valuesWithAnything_arePercentEncoded() {
    var uri = new ConsentUri("https://console.example.com/{account}/grant?app={app}&scopes={scopes}#x");
    assertEquals(
        "https://console.example.com/a%2Fb%3F/grant?app=%7Baccount%7D%26x%3D1&scopes=read+more%20write#x"
            .replace("+", "%2B"),
        uri.of(subject("{account}&x=1", "a/b?"), "read+more write"));
    assertEquals(
        "https://console.example.com:8443/",
        new ConsentUri("https://console.example.com:8443/").of(subject("a", "b"), "c"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "https://",
        "http://console.example.com/",
        "console.example.com",
        "https://{account}.example.com/",
        "https://{app}",
        "https://user@console.example.com/",
        "https://console.example.com/{other}",
        "https://console.example.com/{app",
        "https://console.example.com/a b",
        "https://console.example.com/\"",
        "https://console.example.com/é",
        "https://console.example.com/\n"
      })
  void constructor_noTemplate_isRefused(String template) {
    assertThrows(InvalidValueException.class, () -> new ConsentUri(template));
  }

  @Test
  void constructor_longestTemplate_isTakenAndOneMoreIsNot() {
    String longest = "https://x/" + "a".repeat(ConsentUri.LENGTH_MAX - 10);
    assertEquals(longest, new ConsentUri(longest).template());
    assertThrows(InvalidValueException.class, () -> new ConsentUri(longest + "a"));
  }

  private static Subject subject(String app, String account) {
    return new Subject(new AppId(app), new AccountId(account), null);
  }
}
