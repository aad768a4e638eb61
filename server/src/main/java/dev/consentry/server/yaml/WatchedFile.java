package dev.consentry.server.yaml;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a file says now: a change counts within {@link #LOOK_EVERY} twice and a little. A file that
 * cannot be used changes nothing: what the last one said that could goes on, and that is logged
 * once, and counted.
 */
public class WatchedFile<T> implements AutoCloseable {
  static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private final Logger logger = LoggerFactory.getLogger(getClass());
  private final Path file;
  private final String what;
  private final int bytesMax;
  private final Function<Seen, T> parse;
  private final AtomicLong problems = new AtomicLong();
  private final ScheduledExecutorService timer;

  private volatile Current<T> current;

  /** What was looked at and has led to {@link #current}, or to a problem. */
  private Seen settled;

  /** What was there at the last look. */
  private Seen last;

  /** In one object, so that nobody sees a new version with an old value. */
  private record Current<T>(T value, long version) {}

  /** What a look finds. */
  public sealed interface Seen {
    /** No more of it than tells that it is too large. */
    record Content(ByteBuffer bytes) implements Seen {
      public byte[] toArray() {
        var copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return copy;
      }
    }

    record Unreadable(String problem) implements Seen {}

    /** What there is now. */
    static Seen in(Path file, int bytesMax) {
      try (InputStream content = Files.newInputStream(file)) {
        return new Content(ByteBuffer.wrap(content.readNBytes(bytesMax + 1)));
      } catch (NoSuchFileException e) {
        return new Unreadable("no such file");
      } catch (IOException e) {
        return new Unreadable("cannot be read (%s)".formatted(e));
      }
    }
  }

  /**
   * Looks at a file for the first time.
   *
   * @param what it is, in words
   * @param bytesMax beyond that no more is read
   * @param parse throws what says what is wrong; so does this, then
   */
  protected WatchedFile(Path file, String what, int bytesMax, Function<Seen, T> parse) {
    this.file = file;
    this.what = what;
    this.bytesMax = bytesMax;
    this.parse = parse;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(what.replace(' ', '-')).daemon().factory());
    Seen first = Seen.in(file, bytesMax);
    try {
      this.current = new Current<>(parse.apply(first), 0);
    } catch (RuntimeException e) {
      timer.shutdownNow();
      throw e;
    }
    this.settled = first;
    this.last = first;
  }

  /** Goes on looking at it. */
  protected final void goOnLooking() {
    long millis = LOOK_EVERY.toMillis();
    var _ = timer.scheduleWithFixedDelay(this::tryLook, millis, millis, TimeUnit.MILLISECONDS);
  }

  /** A timer never calls again what has thrown. */
  void tryLook() {
    try {
      look();
      // Whatever goes wrong, errors too: nothing that is taken back later would count any more.
    } catch (Throwable e) {
      problems.incrementAndGet();
      logger.atError().setCause(e).log("the {} was not looked at", what);
    }
  }

  /**
   * Looks at the file once. What is new there counts if it was there at the last look already, so
   * that a file that is being written is not taken for a shorter one.
   */
  public final synchronized void look() {
    Seen now = Seen.in(file, bytesMax);
    if (!now.equals(settled) && isWhole(now, last)) {
      take(now);
      // Not if that ended with an error: what is there has to be looked at again.
      settled = now;
    }
    last = now;
  }

  protected boolean isWhole(Seen now, Seen before) {
    return now.equals(before);
  }

  private void take(Seen seen) {
    try {
      current = new Current<>(parse.apply(seen), current.version() + 1);
      logger.atInfo().addKeyValue("file", file).log("the {} was read anew", what);
    } catch (RuntimeException e) {
      problems.incrementAndGet();
      logger
          .atWarn()
          .addKeyValue("file", file)
          .log("the new {} cannot be used, the old one stays: {}", what, e.getMessage());
    }
  }

  /** What it says. */
  protected final T value() {
    return current.value();
  }

  /** How often a new file could not be used. */
  public final long problems() {
    return problems.get();
  }

  /** Higher than before once it says something else. */
  public long version() {
    return current.version();
  }

  /** Looks no more. */
  @Override
  public void close() {
    timer.shutdownNow();
  }
}
