package dev.consentry.server.table;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A key as the table keeps it: its ids as bytes, and its hash. Ids are ASCII. */
final class TableKey implements LookUpKey {
  /** Of an array besides what is in it. */
  private static final int ARRAY_BYTES = 20;

  final byte[] account;

  final byte[] app;

  private final int hash;

  /** Whether other keys have the same bytes as their app: thousands of accounts grant the same. */
  private final boolean appShared;

  private TableKey(byte[] account, byte[] app, boolean appShared, int hash) {
    this.account = account;
    this.app = app;
    this.appShared = appShared;
    this.hash = hash;
  }

  /** Of heap that the ids take, about, the header of the account's apart. */
  int idBytes() {
    return appShared ? account.length : account.length + ARRAY_BYTES + app.length;
  }

  GrantKey grant() {
    return new GrantKey(new AccountId(text(account)), new AppId(text(app)));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TableKey that
        && hash == that.hash
        && Arrays.equals(app, that.app)
        && Arrays.equals(account, that.account);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return grant().toString();
  }

  static byte[] bytes(String id) {
    return id.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(byte[] id) {
    return new String(id, StandardCharsets.US_ASCII);
  }

  /** Makes keys, all hashed from one secret. */
  static final class Maker {
    private final KeyHash hash;

    /** Wrapped, because bare arrays do not compare by content. */
    private final Shared<ByteBuffer> apps = new Shared<>();

    Maker(long seed) {
      this.hash = new KeyHash(seed);
    }

    TableKey of(GrantKey grant) {
      byte[] account = bytes(grant.account().value());
      byte[] app = bytes(grant.app().value());
      ByteBuffer shared = apps.one(ByteBuffer.wrap(app));
      return new TableKey(
          account,
          shared == null ? app : shared.array(),
          shared != null,
          hash.of(account, 0, account.length, app, 0, app.length));
    }

    /** The same key, with its hash. */
    AskedKey hashed(AskedKey asked) {
      return asked.hashedBy(hash);
    }
  }
}
