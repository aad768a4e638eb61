package dev.consentry.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GetAppRequest;
import io.grpc.Attributes;
import io.grpc.CallCredentials;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.Status;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class BearerTokenTest {
  private static final String TOKEN = "secret-token.1_~+/x==";

  @TempDir private Path directory;
  private final FakeServer server =
      FakeServer.start()
          .on(
              DecisionServiceGrpc.getCheckMethod(),
              request -> CheckResponse.newBuilder().setDecision(Decision.DECISION_ALLOW).build());

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void anyCall_token_isShownOnceWithEach() {
    AtomicInteger asked = new AtomicInteger();
    try (ConsentryClient client =
        ConsentryClient.builder(server.address())
            .bearerToken(() -> TOKEN.replace('1', (char) ('0' + asked.incrementAndGet())))
            .build()) {
      client.check("acme", "sync", "a");
      client.check("acme", "sync", "a");
      assertThrows(ConsentryException.class, () -> client.apps().get("sync"));
    }

    assertEquals(
        List.of(
            List.of("Bearer " + TOKEN),
            List.of("Bearer " + TOKEN.replace('1', '2')),
            List.of("Bearer " + TOKEN.replace('1', '3'))),
        server.shown().stream().map(Shown.Credentials::authorizations).toList());
  }

  @Test
  void anyCall_credentialsOfItsOwn_goFirst() {
    CallCredentials others = new BearerToken(() -> "of-the-call");
    try (ConsentryClient client =
        ConsentryClient.builder(server.address()).bearerToken(() -> TOKEN).build()) {
      assertThrows(
          RuntimeException.class,
          () ->
              AppServiceGrpc.newBlockingStub(client.channel())
                  .withCallCredentials(others)
                  .getApp(GetAppRequest.getDefaultInstance()));
    }

    assertEquals(List.of("Bearer of-the-call"), server.shown().get(0).authorizations());
  }

  static List<Supplier<@Nullable String>> noTokens() {
    return List.of(
        () -> null,
        () -> "",
        () -> TOKEN + "\n",
        () -> TOKEN + " " + TOKEN,
        () -> TOKEN + "é",
        () -> "x".repeat(BearerToken.BYTES_MAX + 1),
        () -> {
          throw new IllegalStateException("no more");
        });
  }

  @ParameterizedTest
  @MethodSource("noTokens")
  void anyCall_noTokenIsGiven_failsWithoutBeingSent(Supplier<@Nullable String> tokens) {
    try (ConsentryClient client =
        ConsentryClient.builder(server.address()).bearerToken(tokens).build()) {
      ConsentryException e =
          assertThrows(ConsentryException.class, () -> client.check("acme", "sync", "a"));

      assertEquals(Status.Code.UNAUTHENTICATED, e.code());
      assertTrue(e.getMessage().startsWith("no token: "), e.getMessage());
      assertFalse(trace(e).contains("secret"), trace(e));
    }
    assertEquals(List.of(), server.shown());
  }

  @Test
  void anyCall_longestToken_isShown() {
    // The largest that is left beside the other headers is less than what a token may have.
    String longest = "x".repeat(7_000);
    try (ConsentryClient client =
        ConsentryClient.builder(server.address()).bearerToken(() -> longest).build()) {
      assertTrue(client.check("acme", "sync", "a").allowed());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NONE, 127.0.0.1, true",
    "NONE, ::1, true",
    "NONE, 192.0.2.1, false",
    "INTEGRITY, 192.0.2.1, false",
    "PRIVACY_AND_INTEGRITY, 192.0.2.1, true",
    "NONE, '', false",
  })
  void connection_plainText_isShownATokenOnTheLoopbackOnly(
      SecurityLevel level, String remote, boolean shown) {
    Seen seen = new Seen();

    new BearerToken(() -> TOKEN)
        .applyRequestMetadata(
            new Request(level, remote.isEmpty() ? null : new InetSocketAddress(remote, 8980)),
            Runnable::run,
            seen);

    assertEquals(shown ? 1 : 0, seen.headers.size());
    assertEquals(shown ? 0 : 1, seen.failures.size());
    assertFalse(seen.failures.toString().contains("secret"), seen.failures.toString());
  }

  @Test
  void tokenFile_changed_isReadAgainWithinASecond() throws IOException {
    Path file = directory.resolve("token");
    AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 7);
    Files.writeString(file, "first\n");
    TokenFile tokens = new TokenFile(file, nanos::get);

    Files.writeString(file, "second\n");
    nanos.addAndGet(TokenFile.LOOK_PAUSE.toNanos() - 1);
    assertEquals("first", tokens.get());
    nanos.incrementAndGet();
    assertEquals("second", tokens.get());

    for (String bad : List.of("", "two words", "x".repeat(BearerToken.BYTES_MAX + 1))) {
      Files.writeString(file, bad);
      nanos.addAndGet(TokenFile.LOOK_PAUSE.toNanos());
      assertEquals("second", tokens.get());
    }
    Files.delete(file);
    nanos.addAndGet(TokenFile.LOOK_PAUSE.toNanos());
    assertEquals("second", tokens.get());
    Files.writeString(file, "  third");
    nanos.addAndGet(TokenFile.LOOK_PAUSE.toNanos());
    assertEquals("third", tokens.get());
  }

  @ParameterizedTest
  @CsvSource({
    "'', 'there is no token in `FILE`'",
    "secret token, 'what is in `FILE` is no bearer token: one line of letters, digits and"
        + " -._~+/=, at most 8192'",
  })
  void tokenFile_noToken_isToldWithoutItsContent(String content, String message)
      throws IOException {
    Path file = directory.resolve("token");
    Files.writeString(file, content);

    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> ConsentryClient.builder(server.address()).tokenFile(file).build());

    assertEquals(message.replace("FILE", file.toString()), e.getMessage());
  }

  @Test
  void text_ofWhatHoldsAToken_neverTellsIt() throws IOException {
    Path file = directory.resolve("token");
    Files.writeString(file, TOKEN);
    TokenFile tokens = new TokenFile(file, System::nanoTime);

    assertFalse((tokens + " " + new BearerToken(tokens)).contains("secret"));
    try (ConsentryClient client =
        ConsentryClient.builder(server.address()).tokenFile(file).build()) {
      assertFalse(client.channel().toString().contains("secret"));
      assertTrue(client.check("acme", "sync", "a").allowed());
    }
    assertEquals(List.of("Bearer " + TOKEN), server.shown().get(0).authorizations());
  }

  private static String trace(Throwable e) {
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace));
    return trace.toString();
  }

  /** What was decided about a call. */
  private static final class Seen extends CallCredentials.MetadataApplier {
    private final List<Metadata> headers = new ArrayList<>();
    private final List<Status> failures = new ArrayList<>();

    @Override
    public void apply(Metadata given) {
      headers.add(given);
    }

    @Override
    public void fail(Status status) {
      failures.add(status);
    }
  }

  /** A call on a connection like this. */
  private static final class Request extends CallCredentials.RequestInfo {
    private final SecurityLevel level;
    private final @Nullable SocketAddress remote;

    Request(SecurityLevel level, @Nullable SocketAddress remote) {
      this.level = level;
      this.remote = remote;
    }

    @Override
    public MethodDescriptor<?, ?> getMethodDescriptor() {
      return DecisionServiceGrpc.getCheckMethod();
    }

    @Override
    public SecurityLevel getSecurityLevel() {
      return level;
    }

    @Override
    public String getAuthority() {
      return "localhost";
    }

    @Override
    public Attributes getTransportAttrs() {
      return remote == null
          ? Attributes.EMPTY
          : Attributes.newBuilder().set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, remote).build();
    }
  }
}
