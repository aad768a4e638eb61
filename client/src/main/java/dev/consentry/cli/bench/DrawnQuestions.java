package dev.consentry.cli.bench;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Questions drawn by chance. */
final class DrawnQuestions<T> implements Questions<T> {
  /** As many messages as are kept to be sent again: those asked about most. */
  static final int KEPT_MAX = 200_000;

  /** Keeps the questions of neighbouring numbers apart. */
  private static final long STRIDE = 0xD1342543DE82EF95L;

  private final Asked.Drawn drawn;
  private final String fresh;
  private final Form<T> form;
  private final Keys.Picker picker;
  private final AtomicReferenceArray<T> allows;
  private final AtomicReferenceArray<T> denies;

  DrawnQuestions(Asked.Drawn drawn, String run, Form<T> form) {
    this.drawn = drawn;
    this.fresh = "bench-never-seen-" + run + "-";
    this.form = form;
    this.picker = drawn.keys().over(drawn.pairs());
    int kept = Math.min(drawn.pairs(), KEPT_MAX / 2);
    this.allows = new AtomicReferenceArray<>(kept);
    this.denies = new AtomicReferenceArray<>(kept);
  }

  @Override
  public T at(long number) {
    SplittableRandom random = new SplittableRandom(drawn.seed() + number * STRIDE);
    Shares.Kind kind = drawn.shares().at(random.nextDouble());
    int pair = picker.rank(random.nextDouble());
    return switch (kind) {
      case ALLOW -> kept(allows, pair, BenchWorld.GRANTED);
      case DENY -> kept(denies, pair, BenchWorld.PARTLY_GRANTED);
      case NEVER_SEEN -> form.of(fresh + number, app(pair), BenchWorld.GRANTED);
    };
  }

  private T kept(AtomicReferenceArray<T> messages, int pair, List<String> scopes) {
    if (pair >= messages.length()) {
      return make(pair, scopes);
    }
    T message = messages.getAcquire(pair);
    if (message == null) {
      message = make(pair, scopes);
      messages.setRelease(pair, message);
    }
    return message;
  }

  private T make(int pair, List<String> scopes) {
    return form.of(
        BenchWorld.account(BenchWorld.accountOf(pair, drawn.accounts())), app(pair), scopes);
  }

  private String app(int pair) {
    return BenchWorld.app(BenchWorld.appOf(pair, drawn.accounts(), drawn.apps()));
  }
}
