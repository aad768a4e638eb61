package dev.consentry.server.gateway;

import dev.consentry.server.decision.InvalidValueException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Where an administrator can grant what is missing: an {@code https} URL with {@code {app}}, {@code
 * {account}} and {@code {scopes}} in it, in place of which stand the values, percent-encoded.
 */
public record ConsentUri(String template) {
  public static final int LENGTH_MAX = 2 * 1024;

  private static final Pattern FORM =
      Pattern.compile("https://(?:[\\x21-\\x7E&&[^\"\\\\<>{}]]|\\{app}|\\{account}|\\{scopes})+");

  public ConsentUri {
    if (template.length() > LENGTH_MAX || !FORM.matcher(template).matches()) {
      throw new InvalidValueException(
          "must be an https URL of at most %,d characters, perhaps with {app}, {account} and {scopes}"
              .formatted(LENGTH_MAX));
    }
  }

  String of(Subject subject, String scopes) {
    return template
        .replace("{app}", encoded(subject.app().value()))
        .replace("{account}", encoded(subject.account().value()))
        .replace("{scopes}", encoded(scopes));
  }

  /** Of a form's encoding, only the blank differs from that of URLs (RFC 3986 §2.1). */
  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
