package dev.consentry.server.bench;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import org.HdrHistogram.Histogram;

/**
 * Asks {@code Check} about the accounts of a filled store. Does what each line of its input says,
 * and answers it with a line of JSON:
 *
 * <ul>
 *   <li>{@code closed CALLS ACCOUNTS}: so many calls, as fast as they are answered, each about one
 *       of so many accounts, chosen uniformly;
 *   <li>{@code once CALLS FIRST}: the same, about each account once from this one on;
 *   <li>{@code open RATE SECONDS ACCOUNTS}: calls at so many a second, whatever becomes of them.
 *       Latency counts from when a call should have been sent.
 * </ul>
 *
 * <p>Arguments: address, connections, calls in flight on each in a closed loop. Whatever follows is
 * ignored, because the launcher adds its own main class.
 */
final class UnaryLoad {
  private static final MethodDescriptor<byte[], byte[]> CHECK =
      RawBytes.method("Check", MethodType.UNARY);
  private static final long LATENCY_MAX_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int SIGNIFICANT_DIGITS = 3;
  private static final long SEED = 42;

  /** A client that is late reads what has come before it makes more calls than this. */
  private static final int CALLS_AT_ONCE_MAX = 32;

  private final EventLoop loop;
  private final List<ManagedChannel> channels;
  private final int inFlight;
  private final CheckBytes questions = new CheckBytes("orders.read", "profile.read");
  private final AtomicLong allowed = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  private UnaryLoad(EventLoop loop, List<ManagedChannel> channels, int inFlight) {
    this.loop = loop;
    this.channels = channels;
    this.inFlight = inFlight;
  }

  public static void main(String[] arguments) throws Exception {
    EventLoop loop = LoadChannels.loop();
    var channels = LoadChannels.open(loop, arguments[0], Integer.parseInt(arguments[1]));
    var load = new UnaryLoad(loop, channels, Integer.parseInt(arguments[2]));
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(load.run(line.split(" ", -1)));
    }
  }

  private String run(String[] command) throws InterruptedException {
    allowed.set(0);
    failed.set(0);
    int first = Integer.parseInt(command[1]);
    int second = Integer.parseInt(command[2]);
    return switch (command[0]) {
      case "closed" -> closed(first, uniform(second));
      case "once" -> {
        var next = new AtomicLong(second);
        yield closed(first, () -> (int) next.getAndIncrement());
      }
      case "open" -> open(first, second, uniform(Integer.parseInt(command[3])));
      default -> throw new IllegalArgumentException("no such load: " + command[0]);
    };
  }

  private static IntSupplier uniform(int accounts) {
    var random = new SplittableRandom(SEED);
    return () -> random.nextInt(accounts);
  }

  private String closed(int calls, IntSupplier account) throws InterruptedException {
    var left = new AtomicLong(calls);
    var done = new CountDownLatch(calls);
    long start = System.nanoTime();
    for (ManagedChannel channel : channels) {
      for (int i = 0; i < inFlight; i++) {
        next(channel, left, done, account);
      }
    }
    done.await();
    return report(calls, System.nanoTime() - start, "");
  }

  private void next(
      ManagedChannel channel, AtomicLong left, CountDownLatch done, IntSupplier account) {
    if (left.getAndDecrement() > 0) {
      byte[] question;
      // The first calls are made from another thread than the rest.
      synchronized (questions) {
        question = questions.of(account.getAsInt());
      }
      ask(
          channel,
          question,
          _ -> {
            next(channel, left, done, account);
            done.countDown();
          });
    }
  }

  private String open(int rate, int seconds, IntSupplier account) throws InterruptedException {
    var pacer = new Pacer(rate, rate * seconds, account);
    long start = System.nanoTime();
    loop.execute(pacer);
    pacer.done.await();
    long nanos = System.nanoTime() - start;
    var percentiles =
        ", \"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f, \"max\": %.1f"
            .formatted(
                micros(pacer.latencies.getValueAtPercentile(50)),
                micros(pacer.latencies.getValueAtPercentile(99)),
                micros(pacer.latencies.getValueAtPercentile(99.9)),
                micros(pacer.latencies.getMaxValue()));
    return report(pacer.calls, nanos, percentiles);
  }

  /** Makes each call when it is due, or as soon after that as it can; all on the event loop. */
  private final class Pacer implements Runnable {
    private final Histogram latencies = new Histogram(LATENCY_MAX_NANOS, SIGNIFICANT_DIGITS);
    private final double nanosPerCall;
    private final int calls;
    private final IntSupplier account;
    private final CountDownLatch done;
    private final long start = System.nanoTime();
    private int next;

    Pacer(int rate, int calls, IntSupplier account) {
      this.nanosPerCall = (double) TimeUnit.SECONDS.toNanos(1) / rate;
      this.calls = calls;
      this.account = account;
      this.done = new CountDownLatch(calls);
    }

    @Override
    public void run() {
      long now = System.nanoTime();
      int last = Math.min(calls, next + CALLS_AT_ONCE_MAX);
      while (next < last && due() <= now) {
        long intended = due();
        ask(
            channels.get(next % channels.size()),
            questions.of(account.getAsInt()),
            end -> {
              latencies.recordValue(Math.min(end - intended, LATENCY_MAX_NANOS));
              done.countDown();
            });
        next++;
      }
      if (next < calls && due() <= now) {
        loop.execute(this);
      } else if (next < calls) {
        var _ = loop.schedule(this, due() - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    }

    private long due() {
      return start + (long) (next * nanosPerCall);
    }
  }

  private static double micros(long nanos) {
    return nanos / 1e3;
  }

  private String report(int calls, long nanos, String more) {
    return "{\"calls\": %d, \"rate\": %.0f, \"allowed\": %d, \"failed\": %d%s}"
        .formatted(calls, calls * 1e9 / nanos, allowed.get(), failed.get(), more);
  }

  /** Makes one call; {@code onEnd} is told when it ended. */
  private void ask(ManagedChannel channel, byte[] question, LongConsumer onEnd) {
    ClientCall<byte[], byte[]> call = channel.newCall(CHECK, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(byte[] reply) {
            if (CheckBytes.allows(reply)) {
              allowed.incrementAndGet();
            }
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            if (!status.isOk()) {
              failed.incrementAndGet();
            }
            onEnd.accept(System.nanoTime());
          }
        },
        new Metadata());
    call.request(1);
    call.sendMessage(question);
    call.halfClose();
  }
}
