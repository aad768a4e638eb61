package dev.consentry.server.security;

import dev.consentry.server.yaml.WatchedFile;
import java.nio.file.Path;
import java.time.InstantSource;

/** The callers of a file as it is now. */
public class LiveCallers extends WatchedFile<Callers> implements Authentication {
  LiveCallers(Path file, InstantSource clock) {
    super(
        file,
        "file of callers",
        CallersFile.FILE_BYTES_MAX,
        seen -> new Callers(CallersFile.parse(file, seen), clock));
  }

  /**
   * Reads the file, and goes on looking at it.
   *
   * @throws CallersFileException if it cannot be used
   */
  public static LiveCallers start(Path file, InstantSource clock) {
    var live = new LiveCallers(file, clock);
    live.goOnLooking();
    return live;
  }

  @Override
  public boolean takes(Credential credential) {
    return value().takes(credential);
  }

  @Override
  public Session known(Credential credential) {
    return value().known(credential);
  }

  @Override
  public Session identify(Credential credential) {
    return value().identify(credential);
  }
}
