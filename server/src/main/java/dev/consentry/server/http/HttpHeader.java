package dev.consentry.server.http;

import java.util.regex.Pattern;

/**
 * A field of an answer (RFC 9110, 5).
 *
 * @param name a token
 * @param value visible ASCII, with spaces and tabs inside; may be empty. So nothing in it can end
 *     it, whoever it came from
 */
public record HttpHeader(String name, String value) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern VALUE =
      Pattern.compile("([\\x21-\\x7E]([\\x20-\\x7E\\t]*[\\x21-\\x7E])?)?");

  public HttpHeader {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("no name of a header");
    }
    if (!VALUE.matcher(value).matches()) {
      throw new IllegalArgumentException("no value for the header " + name);
    }
  }
}
