package dev.consentry.server.security;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The callers of a file as it is now: a change counts within {@link #LOOK_EVERY} twice and a
 * little. A file that cannot be used changes nothing: the callers of the last one that could go on,
 * and that is logged once, and counted.
 */
public class LiveCallers implements Authentication, AutoCloseable {
  static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private static final Logger logger = LoggerFactory.getLogger(LiveCallers.class);

  private final Path file;
  private final InstantSource clock;
  private final AtomicLong problems = new AtomicLong();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("callers-file").daemon().factory());

  private volatile Current current;

  /** What was looked at and has led to {@link #current}, or to a problem. */
  private Seen settled;

  /** What was there at the last look. */
  private Seen last;

  /** In one object, so that nobody sees a new version with old callers. */
  private record Current(Callers callers, long version) {}

  /** What a look finds. */
  sealed interface Seen {
    record Content(ByteBuffer bytes) implements Seen {}

    record Unreadable(String problem) implements Seen {}
  }

  LiveCallers(Path file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
    Seen first = see();
    this.current = new Current(callers(first), 0);
    this.settled = first;
    this.last = first;
  }

  /**
   * Reads the file, and goes on looking at it.
   *
   * @throws CallersFileException if it cannot be used
   */
  public static LiveCallers start(Path file, InstantSource clock) {
    var live = new LiveCallers(file, clock);
    long millis = LOOK_EVERY.toMillis();
    var _ = live.timer.scheduleWithFixedDelay(live::tryLook, millis, millis, TimeUnit.MILLISECONDS);
    return live;
  }

  /** A timer never calls again what has thrown. */
  private void tryLook() {
    try {
      look();
    } catch (RuntimeException e) {
      logger.atError().setCause(e).log("the file of callers was not looked at");
    }
  }

  /**
   * Looks at the file once. What is new there counts if it was there at the last look already, so
   * that a file that is being written is not taken for a shorter one.
   */
  synchronized void look() {
    Seen now = see();
    if (!now.equals(settled) && isWhole(now, last)) {
      settled = now;
      take(now);
    }
    last = now;
  }

  boolean isWhole(Seen now, Seen before) {
    return now.equals(before);
  }

  private void take(Seen seen) {
    try {
      current = new Current(callers(seen), current.version() + 1);
      logger.atInfo().addKeyValue("file", file).log("the file of callers was read anew");
    } catch (CallersFileException e) {
      problems.incrementAndGet();
      logger
          .atWarn()
          .addKeyValue("file", file)
          .log("the new file of callers cannot be used, the old callers stay: {}", e.getMessage());
    }
  }

  private Seen see() {
    try {
      return new Seen.Content(ByteBuffer.wrap(CallersFile.bytes(file)));
    } catch (IOException e) {
      return new Seen.Unreadable(CallersFile.unreadable(e));
    }
  }

  private Callers callers(Seen seen) {
    return switch (seen) {
      case Seen.Content content ->
          new Callers(CallersFile.parse(file, content.bytes().array()), clock);
      case Seen.Unreadable unreadable ->
          throw new CallersFileException(file, List.of(unreadable.problem()));
    };
  }

  /** How often a new file could not be used. */
  public long problems() {
    return problems.get();
  }

  @Override
  public boolean takes(Credential credential) {
    return current.callers().takes(credential);
  }

  @Override
  public Session known(Credential credential) {
    return current.callers().known(credential);
  }

  @Override
  public Session identify(Credential credential) {
    return current.callers().identify(credential);
  }

  @Override
  public long version() {
    return current.version();
  }

  /** Looks no more. */
  @Override
  public void close() {
    timer.shutdownNow();
  }
}
