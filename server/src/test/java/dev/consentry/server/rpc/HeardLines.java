package dev.consentry.server.rpc;

import dev.consentry.server.log.JsonLines;
import dev.consentry.server.log.LineSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Takes lines of a decision log; held up, or broken, as long as a test wants it. */
final class HeardLines implements LineSink {
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
  private final String heard;
  private final String written;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean broken;
  private volatile boolean closed;

  HeardLines() {
    this("", "");
  }

  /** A mutant, which writes one thing where it is given another. */
  HeardLines(String heard, String written) {
    this.heard = heard;
    this.written = written;
  }

  /** From now on whoever writes waits. */
  void hold() {
    gate = new CountDownLatch(1);
  }

  void release() {
    gate.countDown();
  }

  void breakDown(boolean breaks) {
    broken = breaks;
  }

  boolean isClosed() {
    return closed;
  }

  List<Map<String, Object>> read() {
    synchronized (lines) {
      return JsonLines.parse(lines.toString(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (broken) {
      throw new IOException("the disk is full");
    }
    synchronized (lines) {
      String text = new String(bytes, StandardCharsets.US_ASCII);
      String changed = heard.isEmpty() ? text : text.replace(heard, written);
      lines.writeBytes(changed.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void tend() {}

  @Override
  public void close() {
    closed = true;
  }
}
