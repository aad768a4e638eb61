package dev.consentry.server.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.StreamCheckRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Asks one question again and again on streams, each a connection of its own. For each line of its
 * input, a number, it has so many answered and answers itself with a line of JSON.
 *
 * <p>Arguments: address, streams, questions in flight on each, account, app, scopes with commas
 * between. Whatever follows is ignored, because the launcher adds its own main class.
 */
final class StreamLoad {
  private static final MethodDescriptor<byte[], byte[]> STREAM_CHECK =
      RawBytes.method("StreamCheck", MethodType.BIDI_STREAMING);

  private final int inFlight;
  private final byte[][] questions;
  private final AtomicLong allowed = new AtomicLong();

  private StreamLoad(int inFlight, byte[][] questions) {
    this.inFlight = inFlight;
    this.questions = questions;
  }

  public static void main(String[] arguments) throws Exception {
    var channels =
        LoadChannels.open(LoadChannels.loop(), arguments[0], Integer.parseInt(arguments[1]));
    int inFlight = Integer.parseInt(arguments[2]);
    var check =
        CheckRequest.newBuilder()
            .setAccountId(arguments[3])
            .setAppId(arguments[4])
            .addAllScopes(List.of(arguments[5].split(",", -1)))
            .build();
    var questions = new byte[inFlight][];
    for (int i = 0; i < inFlight; i++) {
      questions[i] =
          StreamCheckRequest.newBuilder()
              .setCorrelationId("%04d".formatted(i))
              .setCheck(check)
              .build()
              .toByteArray();
    }
    var load = new StreamLoad(inFlight, questions);
    var in = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(load.run(channels, Integer.parseInt(line)));
    }
  }

  private String run(List<ManagedChannel> channels, int checks) throws InterruptedException {
    allowed.set(0);
    var done = new CountDownLatch(channels.size());
    long start = System.nanoTime();
    for (ManagedChannel channel : channels) {
      new Asker(channel.newCall(STREAM_CHECK, CallOptions.DEFAULT), checks / channels.size(), done)
          .start();
    }
    done.await();
    return "{\"calls\": %d, \"rate\": %.0f, \"allowed\": %d}"
        .formatted(checks, checks * 1e9 / (System.nanoTime() - start), allowed.get());
  }

  /** One stream. Each answer lets the next question go. */
  private final class Asker extends ClientCall.Listener<byte[]> {
    private final ClientCall<byte[], byte[]> call;
    private final CountDownLatch done;
    private int toAsk;
    private int toHear;
    private int allows;

    Asker(ClientCall<byte[], byte[]> call, int checks, CountDownLatch done) {
      this.call = call;
      this.toAsk = checks;
      this.toHear = checks;
      this.done = done;
    }

    void start() {
      call.start(this, new Metadata());
      toAsk -= inFlight;
      for (byte[] question : questions) {
        call.sendMessage(question);
      }
      // Only now: from here on, the thread that answers come on is the one that asks.
      call.request(inFlight);
    }

    @Override
    public void onMessage(byte[] reply) {
      if (isAllow(reply)) {
        allows++;
      }
      if (toAsk > 0) {
        call.sendMessage(questions[toAsk % inFlight]);
        toAsk--;
      }
      if (--toHear == 0) {
        call.halfClose();
      }
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (!status.isOk()) {
        System.err.println("a stream ended with " + status);
      }
      allowed.addAndGet(allows);
      done.countDown();
    }
  }

  /** Whether what follows the correlation id, of four characters, is a response that allows. */
  private static boolean isAllow(byte[] reply) {
    return reply.length > 10 && reply[6] == 0x12 && reply[8] == 0x08 && reply[9] == 0x01;
  }
}
