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

  /** For what stands in place of a value, behind the host: no app's id leads elsewhere. */
  private static final String ANY_VALUE = "~";

  private static final Pattern FORM =
      Pattern.compile(
          "https://[A-Za-z0-9.:\\[\\]-]+(?:[/?#][\\x21-\\x7E&&[^\"\\\\<>{}]]*)?");

  public ConsentUri {
    String example = filled(template, ANY_VALUE, ANY_VALUE, ANY_VALUE);
    if (template.length() > LENGTH_MAX || !FORM.matcher(example).matches()) {
      throw new InvalidValueException(
          ("must be an https URL of at most %,d characters, perhaps with {app}, {account} and"
                  + " {scopes} behind the host")
              .formatted(LENGTH_MAX));
    }
  }

  String of(Subject subject, String scopes) {
    return filled(
        template,
        encoded(subject.app().value()),
        encoded(subject.account().value()),
        encoded(scopes));
  }

  /* No value has a brace in it. */
  private static String filled(String template, String app, String account, String scopes) {
    return template
        .replace("{app}", app)
        .replace("{account}", account)
        .replace("{scopes}", scopes);
  }

  /** Of a form's encoding, only the blank differs from that of URLs (RFC 3986 §2.1). */
  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
