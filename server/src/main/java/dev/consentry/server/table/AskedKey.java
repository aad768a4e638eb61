package dev.consentry.server.table;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The ids of a question as the bytes they came in: looks an entry up without making an object of
 * them. Nothing is checked: what is found was, when it was put there.
 *
 * <p>To be filled again for every question; for one thread at a time.
 */
public final class AskedKey implements LookUpKey {
  private static final byte[] NOTHING = {};

  private byte[] text = NOTHING;
  private int accountFrom;
  private int accountTo;
  private int appFrom;
  private int appTo;
  private int hash;

  /** The ids that stand from here to there in a text. */
  public void set(
      byte[] newText, int newAccountFrom, int newAccountTo, int newAppFrom, int newAppTo) {
    text = newText;
    accountFrom = newAccountFrom;
    accountTo = newAccountTo;
    appFrom = newAppFrom;
    appTo = newAppTo;
  }

  /** What was asked for, as ASCII; whatever is not ASCII equals nothing. */
  public String account() {
    return new String(text, accountFrom, accountTo - accountFrom, StandardCharsets.US_ASCII);
  }

  /** As {@link #account}. */
  public String app() {
    return new String(text, appFrom, appTo - appFrom, StandardCharsets.US_ASCII);
  }

  AskedKey hashedBy(KeyHash by) {
    hash = by.of(text, accountFrom, accountTo, text, appFrom, appTo);
    return this;
  }

  /** Of use to a map of {@link TableKey} alone, and after {@link #hashedBy}. */
  @Override
  public int hashCode() {
    return hash;
  }

  /** Whether the other is a {@link TableKey} of the same ids. */
  @Override
  public boolean equals(Object other) {
    return other instanceof TableKey key
        && key.hashCode() == hash
        && Arrays.equals(key.app, 0, key.app.length, text, appFrom, appTo)
        && Arrays.equals(key.account, 0, key.account.length, text, accountFrom, accountTo);
  }
}
