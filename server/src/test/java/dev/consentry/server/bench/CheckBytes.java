package dev.consentry.server.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.consentry.v1.CheckRequest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Requests about the grants of a filled store ({@link StoreFiller}), made by writing numbers into a
 * template: account {@code n}, its app {@code n % 20}, two scopes.
 */
final class CheckBytes {
  private static final String ACCOUNT = "acct-0000000";
  private static final String APP = "app-00";

  /** A CheckResponse that allows starts with its decision. */
  private static final byte[] ALLOWS = HexFormat.of().parseHex("0801");

  private final byte[] template;
  private final int accountEnd;
  private final int appEnd;

  CheckBytes(String... scopes) {
    template =
        CheckRequest.newBuilder()
            .setAccountId(ACCOUNT)
            .setAppId(APP)
            .addAllScopes(Arrays.asList(scopes))
            .build()
            .toByteArray();
    String text = new String(template, US_ASCII);
    accountEnd = text.indexOf(ACCOUNT) + ACCOUNT.length();
    appEnd = text.indexOf(APP) + APP.length();
  }

  /** The question about one account. */
  byte[] of(int account) {
    byte[] bytes = template.clone();
    write(bytes, accountEnd, account);
    write(bytes, appEnd, account % StoreFiller.APPS);
    return bytes;
  }

  private static void write(byte[] bytes, int end, int number) {
    int at = end;
    for (int rest = number; rest > 0; rest /= 10) {
      bytes[--at] = (byte) ('0' + rest % 10);
    }
  }

  static boolean allows(byte[] reply) {
    return Arrays.equals(reply, 0, Math.min(ALLOWS.length, reply.length), ALLOWS, 0, ALLOWS.length);
  }
}
