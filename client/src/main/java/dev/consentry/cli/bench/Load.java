package dev.consentry.cli.bench;

import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.CheckRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Puts a server under load, once, and tells what came of it. */
public class Load {
  private static final long CLOSE_SECONDS_MAX = 2;

  private final String server;
  private final Supplier<ManagedChannelBuilder<?>> channels;
  private final Settings settings;
  private final Clock clock;
  private final CountDownLatch ended = new CountDownLatch(1);

  /**
   * In plain text.
   *
   * @param server {@code HOST:PORT}
   * @param clock says when it began
   */
  public Load(String server, Settings settings, Clock clock) {
    this(
        server,
        () -> Grpc.newChannelBuilder(server, InsecureChannelCredentials.create()),
        settings,
        clock);
  }

  /**
   * @param server what the report calls it
   * @param channels gives a new one to it each time
   * @param clock says when it began
   */
  public Load(
      String server, Supplier<ManagedChannelBuilder<?>> channels, Settings settings, Clock clock) {
    this.server = server;
    this.channels = channels;
    this.settings = settings;
    this.clock = clock;
  }

  /** Ends it before its time, from any thread: what was measured until then is told. */
  public void end() {
    ended.countDown();
  }

  /** Loads the server until the time is over or {@link #end} is called. */
  public Report run(Progress progress) throws InterruptedException {
    Instant started = clock.instant();
    List<ManagedChannel> connections = connect();
    long startNanos = System.nanoTime();
    long fromNanos = startNanos + settings.warmUp().toNanos();
    long endNanos = fromNanos + settings.duration().toNanos();
    Tally tally = new Tally(fromNanos);
    try (Loop loop = loop(startNanos, endNanos, tally)) {
      loop.start(lanes(connections, Long.toString(started.toEpochMilli(), 36), tally, loop));
      Watch watch = new Watch(settings, tally, progress, startNanos);
      boolean endedEarly = watch.untilEnd(ended);
      if (endedEarly) {
        loop.stop();
      } else {
        loop.finish();
      }
      watch.untilDrained(loop);
      return watch.report(server, started, endedEarly, loop);
    } finally {
      close(connections);
    }
  }

  /**
   * Connections of their own, whose replies are taken on the threads that read them. Nothing is
   * retried: a failure is to be seen.
   */
  private List<ManagedChannel> connect() {
    List<ManagedChannel> connections = new ArrayList<>();
    for (int i = 0; i < settings.connections(); i++) {
      ManagedChannel channel = channels.get().directExecutor().disableRetry().build();
      channel.getState(true);
      connections.add(channel);
    }
    return connections;
  }

  /** What decides when calls are sent. */
  Loop loop(long startNanos, long endNanos, Tally tally) {
    int questionsPerCall = settings.batchSize();
    if (settings.pace() instanceof Pace.Open open) {
      Schedule schedule = new Schedule(startNanos, open.ratePerSecond() / questionsPerCall);
      return new OpenLoop(Pace.IN_FLIGHT_MAX, schedule, endNanos, questionsPerCall, tally);
    }
    return new ClosedLoop(((Pace.Closed) settings.pace()).concurrency(), questionsPerCall, tally);
  }

  private List<Lane> lanes(List<ManagedChannel> channels, String run, Tally tally, Loop loop) {
    Timeout timeout = new Timeout(settings.timeout());
    List<Lane> lanes = new ArrayList<>();
    switch (settings.mode()) {
      case UNARY -> {
        Questions<CheckRequest> questions = checks(run);
        channels.forEach(c -> lanes.add(new UnaryLane(c, timeout, questions, tally, loop)));
      }
      case BATCH -> {
        Questions<BatchCheckItem> questions =
            Questions.of(
                settings.asked(),
                run,
                (account, app, scopes) ->
                    BatchCheckItem.newBuilder()
                        .setAccountId(account)
                        .setAppId(app)
                        .addAllScopes(scopes)
                        .build());
        channels.forEach(c ->
            lanes.add(new BatchLane(c, timeout, settings.batchSize(), questions, tally, loop)));
      }
      case STREAM -> {
        Questions<CheckRequest> questions = checks(run);
        for (int i = 0; i < settings.streams(); i++) {
          lanes.add(new StreamLane(channels.get(i % channels.size()), questions, tally, loop));
        }
      }
    }
    return lanes;
  }

  private Questions<CheckRequest> checks(String run) {
    return Questions.of(
        settings.asked(),
        run,
        (account, app, scopes) ->
            CheckRequest.newBuilder()
                .setAccountId(account)
                .setAppId(app)
                .addAllScopes(scopes)
                .build());
  }

  private static void close(List<ManagedChannel> channels) throws InterruptedException {
    channels.forEach(ManagedChannel::shutdownNow);
    for (ManagedChannel channel : channels) {
      channel.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    }
  }
}
