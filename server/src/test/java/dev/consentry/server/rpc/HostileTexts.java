package dev.consentry.server.rpc;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;

/** Texts that have broken somebody's server, as the bytes that travel. */
final class HostileTexts {
  private static final List<String> TEXTS =
      List.of(
          // SQL, with and without what an id may not have in it.
          "'",
          "''",
          "\"",
          "`",
          "\\",
          "\\'",
          "'OR'1'='1",
          "' OR '1'='1' --",
          "'; DROP TABLE app; --",
          "');DELETE/**/FROM/**/event;--",
          "1;SELECT/**/pg_sleep(9)",
          "$$;$$",
          "%",
          "_",
          "acm%",
          "?",
          "??",
          ":1",
          "${1}",
          "{fn user()}",
          "{ts '2026-01-01'}",
          "E'\\\\x'",
          "U&'\\0041'",
          "NULL",
          "true",
          // What ends a line, moves a cursor or hides.
          "\0",
          "a\0b",
          "a\r\nb",
          "a\nlevel=ERROR",
          "\"},{\"level\":\"ERROR",
          "\",\"decision\":\"ALLOW",
          "\u001B[2J\u001B]0;title\u0007",
          "\u2028",
          "\u2029",
          "\u0085",
          "\u007F",
          "\u202Eevil\u202C",
          "\u2066x\u2069",
          "\u200B\uFEFF\u00AD",
          "a\u0301",
          "\uFFFE\uFFFF",
          "\uD83D\uDE00",
          // Formats, look-ups and paths.
          "%s%n%x",
          "%99999999d",
          "{}",
          "{0}",
          "${jndi:ldap://127.0.0.1:1/a}",
          "#{7*7}",
          "../../../../etc/passwd",
          "..\\..\\boot.ini",
          "/dev/null",
          "file:///etc/passwd",
          "<script>alert(1)</script>",
          "&amp;",
          "javascript:alert(1)",
          "__proto__",
          "-1",
          "9223372036854775808",
          "NaN",
          "acme",
          "ACME",
          "acme ",
          " acme",
          "",
          " ");

  private static final List<Integer> LENGTHS = List.of(255, 256, 257, 1_024, 1_025, 1 << 20);

  /** No UTF-8, so that no message has them. */
  private static final List<byte[]> NO_TEXTS =
      List.of(
          bytes(0xED, 0xA0, 0x80),
          bytes(0xED, 0xB0, 0x80),
          bytes(0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80),
          bytes(0xC0, 0x80),
          bytes(0xC0, 0xA7),
          bytes(0xE0, 0x80, 0xA7),
          bytes(0xF0, 0x80, 0x80, 0xA7),
          bytes(0xF4, 0x90, 0x80, 0x80),
          bytes(0x80),
          bytes(0xFF),
          bytes('a', 0xE2, 0x80));

  private HostileTexts() {}

  static List<ByteString> all() {
    var all = new ArrayList<ByteString>();
    TEXTS.forEach(text -> all.add(ByteString.copyFromUtf8(text)));
    LENGTHS.forEach(length -> all.add(ByteString.copyFromUtf8("x".repeat(length))));
    NO_TEXTS.forEach(bytes -> all.add(ByteString.copyFrom(bytes)));
    return all;
  }

  private static byte[] bytes(int... values) {
    var bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
