package dev.consentry.server.gateway;

import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.server.yaml.WatchedFile;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * The doors of a file, with its routes as they are now. A file with other doors than those that
 * were opened cannot be used before the server is started anew: what stands behind them is kept up
 * from its start.
 */
public final class LiveGateway extends WatchedFile<Gateway> implements Supplier<Gateway> {
  LiveGateway(Path file, Around around) {
    super(file, "gateway section", GatewayFile.FILE_BYTES_MAX, new Parser(file, around)::parse);
  }

  /**
   * Reads the file, and goes on looking at it.
   *
   * @throws GatewayFileException if it cannot be used
   */
  public static LiveGateway start(Path file, Around around) {
    var live = new LiveGateway(file, around);
    live.goOnLooking();
    return live;
  }

  @Override
  public Gateway get() {
    return value();
  }

  /** Remembers what it read first. */
  private static final class Parser {
    private final Path file;
    private final Around around;
    private volatile Gateway first = Gateway.NONE;
    private volatile boolean isOpen;

    Parser(Path file, Around around) {
      this.file = file;
      this.around = around;
    }

    Gateway parse(Seen seen) {
      Gateway read = GatewayFile.parse(file, seen, around);
      if (!isOpen) {
        first = read;
        isOpen = true;
      } else if (!read.hasDoorsOf(first)) {
        throw new GatewayFileException(
            file, List.of("`doors` or `authzen` have changed, which takes a new start"));
      }
      return read;
    }
  }
}
