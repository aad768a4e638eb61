package dev.consentry.client;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whom a client believes, and what it shows. */
final class Access {
  /** The host in a target of gRPC that names one, with or without its scheme. */
  private static final Pattern HOST =
      Pattern.compile(
          "(?:dns:(?://[^/]*/)?/?)?(?:\\[(?<v6>[0-9A-Fa-f:.%]+)]|(?<name>[^:/\\[\\]]+))(?::[0-9]+)?");

  private static final Pattern V4 = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

  private boolean tls;
  private @Nullable Path caCertificates;
  private @Nullable Path certificate;
  private @Nullable Path key;
  private @Nullable Supplier<String> tokens;
  private @Nullable Path tokenFile;

  void useTls() {
    tls = true;
  }

  void believe(Path caCertificates) {
    tls = true;
    this.caCertificates = caCertificates;
  }

  void show(Path certificate, Path key) {
    tls = true;
    this.certificate = certificate;
    this.key = key;
  }

  void show(Supplier<String> tokens) {
    this.tokens = tokens;
    this.tokenFile = null;
  }

  void showTokenIn(Path tokenFile) {
    this.tokens = null;
    this.tokenFile = tokenFile;
  }

  /**
   * How a channel to this server is secured.
   *
   * @throws IllegalArgumentException if a file is no good, or a token would be sent in plain text
   */
  ChannelCredentials channel(String server) {
    if (!tls) {
      if ((tokens != null || tokenFile != null) && !isLoopback(server)) {
        throw new IllegalArgumentException(
            "a token is never sent in plain text, but to the loopback: `" + server + "` needs TLS");
      }
      return InsecureChannelCredentials.create();
    }
    TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
    if (caCertificates != null) {
      builder.trustManager(new FileTrustManager(caCertificates));
    }
    if (certificate != null && key != null) {
      builder.keyManager(new FileKeyManager(certificate, key));
    }
    return builder.build();
  }

  /**
   * What shows the token, if there is one.
   *
   * @throws IllegalArgumentException if its file is no good
   */
  Optional<BearerToken> token() {
    if (tokenFile != null) {
      return Optional.of(new BearerToken(new TokenFile(tokenFile, System::nanoTime)));
    }
    return Optional.ofNullable(tokens).map(BearerToken::new);
  }

  /** Only what cannot be anywhere else: other names are not looked up here. */
  static boolean isLoopback(String server) {
    Matcher match = HOST.matcher(server);
    if (!match.matches()) {
      return false;
    }
    @Nullable String v6 = match.group("v6");
    @Nullable String name = match.group("name");
    if ("localhost".equalsIgnoreCase(name)) {
      return true;
    }
    @Nullable String literal =
        v6 != null ? v6 : name != null && V4.matcher(name).matches() ? name : null;
    try {
      return literal != null && InetAddress.getByName(literal).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
