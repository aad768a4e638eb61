package dev.consentry.server.rpc;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.door.DoorLog;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.metrics.Measure;
import dev.consentry.server.security.Caller;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hears of everything that was asked and answered. Told on the threads that answer, transports'
 * among them, it never waits. The bytes it is given never change afterwards.
 */
public interface DecisionLog extends DoorLog, AutoCloseable {
  /** Hears nothing. */
  DecisionLog OFF = new Off();

  /** How a question was asked. */
  enum Call {
    CHECK("Check"),
    BATCH_CHECK("BatchCheck"),
    STREAM_CHECK("StreamCheck"),
    /** At a door for gateways. */
    DOOR("Door");

    private final String text;

    Call(String text) {
      this.text = text;
    }

    /** As the contract calls it. */
    String text() {
      return text;
    }
  }

  /**
   * A check, an item of a stream, or a whole batch was answered.
   *
   * @param request as it travelled: of a stream one message
   * @param answers how many there are
   * @param allowed whether all of them are ALLOW
   */
  void answered(
      Call call, Caller caller, byte[] request, byte[] reply, int answers, boolean allowed);

  /**
   * A check, an item of a stream, or a whole batch was asked, and got an error.
   *
   * @param request as it travelled, even if it is no message
   * @param why what was thrown
   */
  void refused(Call call, Caller caller, byte[] request, Throwable why);

  /** What was counted since the start. */
  List<Measure> measures();

  /** Writes what was heard so far, within a bounded time. */
  @Override
  void close();

  /** The log that is off. */
  final class Off implements DecisionLog {
    private Off() {}

    @Override
    public void answered(
        Call call, Caller caller, byte[] request, byte[] reply, int answers, boolean allowed) {}

    @Override
    public void refused(Call call, Caller caller, byte[] request, Throwable why) {}

    @Override
    public void answered(
        Caller caller, String door, @Nullable CheckQuestion asked, DoorAnswer answer) {}

    @Override
    public List<Measure> measures() {
      return List.of();
    }

    @Override
    public void close() {}
  }
}
