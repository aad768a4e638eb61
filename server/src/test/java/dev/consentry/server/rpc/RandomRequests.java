package dev.consentry.server.rpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.WireFormat;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.table.AskedKey;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import dev.consentry.server.table.View;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.StreamCheckRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A table that knows a few keys, and requests about them: usual ones, unusual ones, and such as no
 * serializer writes. The store behind the table never has to be asked.
 */
final class RandomRequests implements GrantSource {
  private static final Epoch EPOCH = new Epoch("a-random-epoch--");
  private static final List<String> ACCOUNTS = List.of("acme", "globex", "a", "z".repeat(256));
  private static final List<String> APPS =
      List.of("ledger", "ledger-sync", "https://app.example/client.json", "b".repeat(129));
  private static final List<String> BAD_IDS = List.of("", "a b", "é", "z".repeat(257), "nobody");
  private static final List<String> SCOPES =
      List.of(
          "read", "reads", "write", "*", "a:b", "s".repeat(127), "s".repeat(128), "s".repeat(256));
  private static final List<String> BAD_SCOPES = List.of("", "a b", "\"", "é", "s".repeat(257));
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

  private final SplittableRandom random;
  private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
  private final Map<GrantKey, Standing> standings = new TreeMap<>();
  private final GrantTable table;
  private long revision = 1;
  private boolean usual;

  RandomRequests(SplittableRandom random) {
    this.random = random;
    for (String account : ACCOUNTS) {
      for (String app : APPS) {
        standings.put(new GrantKey(new AccountId(account), new AppId(app)), standing());
      }
    }
    var freshness =
        new Freshness(System::nanoTime, new ForwardClock(now::get), Duration.ofSeconds(2));
    table = GrantTable.embedded(this, freshness, 1 << 20, 42, Runnable::run);
    for (GrantKey key : standings.keySet()) {
      var question = new CheckQuestion(key, List.of(new Scope("read")));
      table.answer(question, Consistency.MINIMIZE_LATENCY).join();
    }
  }

  GrantTable table() {
    return table;
  }

  /** Whether the last request is one that has to be answered in bytes. */
  boolean lastWasUsual() {
    return usual;
  }

  /** A grant or an app changes, or time goes by. */
  void change() {
    now.updateAndGet(instant -> instant.plusMillis(random.nextInt(20)));
    revision++;
    var keys = List.copyOf(standings.keySet());
    GrantKey key = keys.get(random.nextInt(keys.size()));
    Change change;
    if (random.nextInt(4) == 0) {
      boolean suspended = random.nextBoolean();
      standings.replaceAll((k, standing) ->
          k.app().equals(key.app()) ? standing.withAppSuspended(suspended) : standing);
      change = new AppChange(revision, key.app(), suspended);
    } else {
      Standing standing = standing().withAppSuspended(standings.get(key).appSuspended());
      standings.put(key, standing);
      change = new GrantChange(revision, key, standing, 0);
    }
    table.follow(new Revision(EPOCH, change.revision()), List.of(change)).join();
  }

  private Standing standing() {
    int kind = random.nextInt(8);
    if (kind == 0) {
      return Standing.NONE;
    }
    GrantState state =
        kind == 1 ? GrantState.REVOKED : kind == 2 ? GrantState.EXPIRED : GrantState.ACTIVE;
    long expireMicros =
        random.nextBoolean()
            ? Terms.NEVER
            : now.get().toEpochMilli() * 1_000 + random.nextInt(-500, 3_000_000);
    var scopes = new ArrayList<Scope>();
    SCOPES.stream().filter(_ -> random.nextInt(3) > 0).forEach(s -> scopes.add(new Scope(s)));
    return new Standing(false, new Terms(state, ScopeSet.of(scopes), expireMicros));
  }

  CheckRequest usualCheck() {
    var check = CheckRequest.newBuilder().setAccountId(one(ACCOUNTS)).setAppId(one(APPS));
    int scopes = random.nextInt(1, 8);
    for (int i = 0; i < scopes; i++) {
      check.addScopes(one(SCOPES));
    }
    return check.build();
  }

  /** A {@code CheckRequest}, serialized. */
  byte[] check() {
    usual = true;
    return spoiled(anyCheck());
  }

  /** A {@code StreamCheckRequest}, serialized. */
  byte[] item() {
    usual = true;
    String id = "q".repeat(random.nextInt(1, 65));
    if (rarely()) {
      usual = false;
      id = one(List.of("", "q".repeat(65), "q q", "é"));
    }
    return spoiled(
        StreamCheckRequest.newBuilder().setCorrelationId(id).setCheck(anyCheck()).build());
  }

  /** A {@code BatchCheckRequest}, serialized. */
  byte[] batch() {
    usual = true;
    var batch = BatchCheckRequest.newBuilder();
    int items = random.nextInt(0, 6);
    usual = items > 0;
    for (int i = 0; i < items; i++) {
      CheckRequest check = random.nextInt(10) == 0 ? anyCheck() : usualCheck();
      batch.addItems(
          BatchCheckItem.newBuilder()
              .setAccountId(check.getAccountId())
              .setAppId(check.getAppId())
              .addAllScopes(check.getScopesList()));
    }
    if (rarely()) {
      usual = false;
      batch.setConsistency(
          dev.consentry.v1.Consistency.newBuilder().setMinimizeLatency(random.nextBoolean()));
    }
    return spoiled(batch.build());
  }

  private CheckRequest anyCheck() {
    var check = usualCheck().toBuilder();
    if (rarely()) {
      usual = false;
      check.setAccountId(one(BAD_IDS));
    }
    if (rarely()) {
      usual = false;
      check.setAppId(one(BAD_IDS));
    }
    if (rarely()) {
      usual = false;
      check.addScopes(one(BAD_SCOPES));
    }
    if (rarely()) {
      usual = false;
      for (int i = 0; i < 100; i++) {
        check.addScopes(one(SCOPES));
      }
    }
    if (rarely()) {
      usual = false;
      check.setConsistency(
          dev.consentry.v1.Consistency.newBuilder()
              .setAtLeastAsFresh(new Revision(EPOCH, random.nextLong(1, revision + 1)).token()));
    }
    if (rarely()) {
      usual = false;
      check.clearScopes();
    }
    return check.build();
  }

  /** Some in bytes that no serializer writes; protobuf may read them all the same. */
  private byte[] spoiled(MessageLite message) {
    byte[] bytes = message.toByteArray();
    if (bytes.length == 0 || random.nextInt(4) > 0) {
      return bytes;
    }
    usual = false;
    return switch (random.nextInt(4)) {
      case 0 -> flipped(bytes);
      case 1 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
      case 2 -> fieldsShuffled(bytes, random.nextBoolean());
      default -> lengthsDrawnOut(bytes);
    };
  }

  private byte[] flipped(byte[] bytes) {
    byte[] flipped = bytes.clone();
    flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  private byte[] fieldsShuffled(byte[] bytes, boolean oneTwice) {
    List<byte[]> fields = new ArrayList<>(fields(bytes));
    if (oneTwice) {
      fields.add(fields.get(random.nextInt(fields.size())));
    }
    Collections.shuffle(fields, new Random(random.nextLong()));
    var out = new ByteArrayOutputStream();
    fields.forEach(out::writeBytes);
    return out.toByteArray();
  }

  private static List<byte[]> fields(byte[] bytes) {
    try {
      var fields = new ArrayList<byte[]>();
      var in = CodedInputStream.newInstance(bytes);
      while (!in.isAtEnd()) {
        var out = new ByteArrayOutputStream();
        var coded = CodedOutputStream.newInstance(out);
        coded.writeBytes(WireFormat.getTagFieldNumber(in.readTag()), in.readBytes());
        coded.flush();
        fields.add(out.toByteArray());
      }
      return fields;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first length takes a byte more than it has to. */
  private static byte[] lengthsDrawnOut(byte[] bytes) {
    if (WireFormat.getTagWireType(bytes[0]) != WireFormat.WIRETYPE_LENGTH_DELIMITED
        || bytes[1] < 0) {
      return bytes;
    }
    byte[] longer = new byte[bytes.length + 1];
    longer[0] = bytes[0];
    longer[1] = (byte) (bytes[1] | 0x80);
    System.arraycopy(bytes, 2, longer, 3, bytes.length - 2);
    return longer;
  }

  private boolean rarely() {
    return random.nextInt(30) == 0;
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  @Override
  public Snapshot load(Collection<GrantKey> keys) {
    var found = new TreeMap<GrantKey, Standing>();
    keys.forEach(key -> found.put(key, standings.getOrDefault(key, Standing.NONE)));
    return new Snapshot(position(), found);
  }

  @Override
  public Revision position() {
    return new Revision(EPOCH, revision);
  }

  static Revision back(Revision revision, int by) {
    return new Revision(revision.epoch(), revision.number() - by);
  }

  /** A view with bugs. */
  record BuggyView(View view, boolean suspensionForgotten, Revision at) implements View {
    @Override
    public @Nullable Standing find(AskedKey key) {
      Standing standing = view.find(key);
      return standing != null && suspensionForgotten ? standing.withAppSuspended(false) : standing;
    }

    @Override
    public boolean isFresh() {
      return view.isFresh();
    }
  }
}
