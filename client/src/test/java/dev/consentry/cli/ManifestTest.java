package dev.consentry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestTest {
  private static final App EXPECTED =
      App.newBuilder()
          .setAppId("ledger-sync")
          .setDisplayName("Ledger: Sync ✓")
          .setHomepageUri("https://example.com")
          .addRequiredScopes(
              AppScope.newBuilder().setName("invoices.read").setDescription("Reads invoices"))
          .addOptionalScopes(AppScope.newBuilder().setName("yes").setDescription("12"))
          .build();

  @Test
  void parse_yaml_isTheApp() {
    assertEquals(
        EXPECTED,
        Manifest.parse(
            """
            # An app.
            app_id: ledger-sync
            displayName: "Ledger: Sync ✓"
            homepage_uri: https://example.com
            required_scopes:
              - name: invoices.read
                description: Reads invoices
            optional_scopes:
              - {name: yes, description: 12}
            """));
  }

  @Test
  void parse_json_isTheApp() {
    assertEquals(
        EXPECTED,
        Manifest.parse(
            """

            {
            \t"appId": "ledger-sync",
            \t"display_name": "Ledger: Sync ✓",
            \t"homepageUri": "https://example.com",
            \t"requiredScopes": [{"name": "invoices.read", "description": "Reads invoices"}],
            \t"optional_scopes": [{"name": "yes", "description": "12"}]
            }
            """));
  }

  @Test
  void parse_jsonEscapes_areThoseOfJson() {
    assertEquals(
        "a/b \"\\ \u00e9 \uD83D\uDE00\n",
        Manifest.parse("{\"app_id\": \"a\\/b \\\"\\\\ \\u00e9 \\uD83D\\uDE00\\n\"}").getAppId());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "just text",
        "- app_id: x",
        "app_id: [x, y]",
        "app_id: x\nscope: y",
        "app_id: x\napp_id: y",
        "app_id: x\n---\napp_id: y",
        "app_id: 'x",
        "? [a]\n: b",
        "app_id: !!java.lang.Runtime x",
        "{\"app_id\": \"x\", \"scope\": 1}",
        "{\"app_id\": \"x\", \"app_id\": \"y\"}",
        "{\"app_id\": \"x\"",
        "{\"app_id\": \"x\"} trailing",
        "{\"required_scopes\": {}}",
      })
  void parse_noApp_isRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Manifest.parse(text));
  }

  @Test
  void read_unknownField_namesIt() {
    InputStream in = bytes("app_id: x\nrequired_scope: []\n".getBytes(UTF_8));

    CommandFailure failure = assertThrows(CommandFailure.class, () -> Manifest.read("-", in));

    assertTrue(String.valueOf(failure.getMessage()).contains("required_scope"), failure::toString);
  }

  @Test
  void read_notUtf8_isRefused() {
    InputStream in = bytes(new byte[] {'a', ':', (byte) 0xff});

    CommandFailure failure = assertThrows(CommandFailure.class, () -> Manifest.read("-", in));

    assertTrue(String.valueOf(failure.getMessage()).contains("UTF-8"), failure::toString);
  }

  private static InputStream bytes(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }
}
