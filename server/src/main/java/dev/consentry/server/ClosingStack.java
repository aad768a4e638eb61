package dev.consentry.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has been opened, to be closed in reverse, each whether or not the one before it could be.
 */
final class ClosingStack implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(ClosingStack.class);

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T part) {
    opened.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      AutoCloseable part = opened.pop();
      try {
        part.close();
        // Whatever a part throws, the parts below it still have to be closed.
      } catch (Exception e) {
        logger.atError().setCause(e).log("{} did not close in order", part.getClass().getName());
      }
    }
  }
}
