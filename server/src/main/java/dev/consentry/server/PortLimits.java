package dev.consentry.server;

import java.time.Duration;

/** The limits of a port that a test cannot wait for. What they are for, {@link GrpcPort} says. */
record PortLimits(
    Duration handshake,
    Duration connectionIdle,
    Duration keepAliveAfter,
    Duration keepAliveTimeout) {
  static final PortLimits DEFAULT =
      new PortLimits(
          GrpcPort.HANDSHAKE_TIMEOUT,
          GrpcPort.CONNECTION_IDLE_MAX,
          GrpcPort.KEEP_ALIVE_AFTER,
          GrpcPort.KEEP_ALIVE_TIMEOUT);
}
