package dev.consentry.server;

import dev.consentry.server.http.HttpTls;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's certificate, its key and the authorities for clients' certificates, in files that
 * may change while it runs: connections that begin afterwards get what is there then, those that
 * are open stay. While the files are no good the server goes on with what it has; that is logged
 * once and counted.
 */
final class TlsFiles implements AutoCloseable {
  static final Duration LOOK_PAUSE = Duration.ofSeconds(1);

  private static final Logger logger = LoggerFactory.getLogger(TlsFiles.class);

  private final Path chain;
  private final Path key;
  private final @Nullable Path clientCas;
  private final InstantSource clock;
  private final @Nullable SslProvider provider;
  private final SslContext context = new CurrentSslContext(() -> current().context());

  /** What was found by a look. */
  private sealed interface Look {
    record Found(ServerCertificate.Files files) implements Look {}

    record Missed(String problem) implements Look {}
  }

  // Written by whoever looks, which is one thread at a time.
  private Look taken;
  private Look latest;
  private @Nullable Look reported;

  private volatile ServerCertificate current;
  private final AtomicLong problems = new AtomicLong();
  private @Nullable Sweep watch;

  private TlsFiles(
      Path chain,
      Path key,
      @Nullable Path clientCas,
      InstantSource clock,
      @Nullable SslProvider provider) {
    this.chain = chain;
    this.key = key;
    this.clientCas = clientCas;
    this.clock = clock;
    this.provider = provider;
    var files = ServerCertificate.Files.read(chain, key, clientCas);
    this.current = ServerCertificate.of(files, clock.instant(), provider);
    this.taken = new Look.Found(files);
    this.latest = taken;
  }

  /**
   * Reads the files, and looks after them until it is closed.
   *
   * @param chain PEM: the server's certificate, then those between it and its authority
   * @param key PEM: its private key, PKCS#8, not encrypted
   * @param clientCas PEM: the authorities whose certificates clients may show; null if clients are
   *     not asked for any
   * @throws CommandFailedException if the server cannot start with them, and why
   */
  static TlsFiles open(Path chain, Path key, @Nullable Path clientCas) {
    var files = read(chain, key, clientCas, InstantSource.system(), null);
    if (isOpenToOthers(key)) {
      logger.atWarn().log("every user of this machine can read the key in {}", key);
    }
    files.watch = Sweep.start("tls-files", _ -> files.look(), Duration.ZERO, LOOK_PAUSE);
    return files;
  }

  /** As {@link #open}, without looking after them. */
  static TlsFiles read(
      Path chain,
      Path key,
      @Nullable Path clientCas,
      InstantSource clock,
      @Nullable SslProvider provider) {
    return new TlsFiles(chain, key, clientCas, clock, provider);
  }

  /**
   * Looks whether the files have changed. They are taken once two looks have found the same, so
   * that a certificate whose key is still being written is not.
   *
   * @return false: there is no more to do
   */
  boolean look() {
    Look look = lookNow();
    boolean settled = look.equals(latest);
    latest = look;
    if (look.equals(taken)) {
      reported = null;
    } else if (settled) {
      take(look);
    }
    return false;
  }

  private Look lookNow() {
    try {
      return new Look.Found(ServerCertificate.Files.read(chain, key, clientCas));
    } catch (CommandFailedException e) {
      return new Look.Missed(String.valueOf(e.getMessage()));
    }
  }

  private void take(Look look) {
    try {
      current = ServerCertificate.of(readable(look), clock.instant(), provider);
      taken = look;
      reported = null;
      logger
          .atInfo()
          .addKeyValue("expires", expires())
          .log("new connections get the certificate that is now in {}", chain);
    } catch (CommandFailedException e) {
      // Tried again at the next look, as time alone makes a certificate valid; told once.
      if (!look.equals(reported)) {
        reported = look;
        problems.incrementAndGet();
        logger.atWarn().log("TLS goes on with the files as they were: {}", e.getMessage());
      }
    }
  }

  private static ServerCertificate.Files readable(Look look) {
    return switch (look) {
      case Look.Found(var files) -> files;
      case Look.Missed(String problem) -> throw new CommandFailedException(problem, null);
    };
  }

  /** For a port: each connection gets what is current when it begins. */
  SslContext context() {
    return context;
  }

  /** For the HTTP port: what new connections get, now. */
  HttpTls http() {
    return current.http();
  }

  private ServerCertificate current() {
    return current;
  }

  /** When the certificate that new connections get runs out. */
  Instant expires() {
    return current.leaf().getNotAfter().toInstant();
  }

  /** How often the files have become such that the server could not take them. */
  long problems() {
    return problems.get();
  }

  /** Whether anybody on this machine can read it; false where files have no such rights. */
  static boolean isOpenToOthers(Path key) {
    try {
      return Files.getPosixFilePermissions(key).contains(PosixFilePermission.OTHERS_READ);
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Looks no more. What is current stays. */
  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
  }
}
