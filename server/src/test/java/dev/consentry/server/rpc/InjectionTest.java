package dev.consentry.server.rpc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.google.protobuf.ByteString;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.log.JsonLines;
import dev.consentry.server.log.VisibleJsonEncoder;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.PostgresAddress;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Hostile text in every string of every request: it is text, and nothing but text, everywhere. */
final class InjectionTest {
  private static final List<ServiceDescriptor> DECISIONS =
      List.of(DecisionServiceGrpc.getServiceDescriptor());

  private static final List<ServiceDescriptor> ALL =
      List.of(
          DecisionServiceGrpc.getServiceDescriptor(),
          GrantServiceGrpc.getServiceDescriptor(),
          AppServiceGrpc.getServiceDescriptor(),
          HistoryServiceGrpc.getServiceDescriptor());

  /** What tells of the inside of the server; none of the texts that are sent has any of it. */
  private static final Pattern INSIDE =
      Pattern.compile(
          "(?i)sqlstate|jdbc|org\\.(h2|postgresql|jooq|flywaydb)|dev\\.consentry\\.server|\\.java\\b"
              + "|exception|syntax error|\\bat [a-z]+\\.|\\brelation \"|constraint|\\.mv\\.db");

  /** A mistake of the server's, whatever was sent. */
  private static final Set<Status.Code> MISTAKES =
      Set.of(Status.Code.INTERNAL, Status.Code.UNKNOWN, Status.Code.UNIMPLEMENTED);

  /** In what the grants are kept. */
  enum Kind {
    MEMORY,
    POSTGRES;

    ConsentStore open() {
      return switch (this) {
        case MEMORY -> ConsentStore.openMemory();
        case POSTGRES ->
            ConsentStore.openPostgres(
                new PostgresAddress(PostgresServer.shared().newDatabase(), null), true);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyString_hostileText_isTextEverywhere(Kind kind) {
    assertHolds(ALL, kind.open(), TestServer.Wrapping.NONE, new HeardLines());
  }

  @Test
  void everyString_mutantThatSpeaksOfItsInside_isFound() {
    var wrapping = TestServer.Wrapping.ofTable(Telling::new);
    var e =
        assertThrows(
            AssertionError.class,
            () -> assertHolds(DECISIONS, ConsentStore.openMemory(), wrapping, new HeardLines()));
    assertTrue(e.getMessage().contains("INTERNAL"), e.getMessage());
  }

  @Test
  void everyString_mutantLogThatDoesNotEscape_isFound() {
    var raw = new HeardLines("\\u2028", "\u2028");
    var none = TestServer.Wrapping.NONE;
    var e =
        assertThrows(
            AssertionError.class,
            () -> assertHolds(DECISIONS, ConsentStore.openMemory(), none, raw));
    assertTrue(e.getMessage().contains("not visible ASCII"), e.getMessage());
  }

  private static void assertHolds(
      List<ServiceDescriptor> services,
      ConsentStore store,
      TestServer.Wrapping wrapping,
      HeardLines sink) {
    var log = QueuedDecisionLog.start(sink, 1);
    var sent = new ArrayList<Sent>();
    List<String> said;
    try (var serverLog = new ServerLog();
        var server = TestServer.startOverHttp2(store, wrapping, log)) {
      server.putApp("app", List.of("read"), List.of("write"));
      server.grant("acme", "app");
      for (ServiceDescriptor service : services) {
        for (MethodDescriptor<?, ?> method : service.getMethods()) {
          for (StringField field : fieldsOf(method)) {
            if (DECISIONS.contains(service)) {
              // One after the other, so that the log has them in this order.
              HostileTexts.all()
                  .forEach(text -> {
                    assertCallHolds(server, method, field, text);
                    sent.add(new Sent(field, text));
                  });
            } else {
              HostileTexts.all().parallelStream()
                  .forEach(text -> assertCallHolds(server, method, field, text));
            }
          }
        }
      }
      said = serverLog.said();
    }
    log.close();
    assertEquals(List.of(), said, "nothing of this is worth a warning");
    List<Map<String, Object>> lines = sink.read();
    assertEquals(sent.size(), lines.size(), "one line an answer");
    for (int i = 0; i < sent.size(); i++) {
      sent.get(i).assertIsIn(lines.get(i));
    }
  }

  private static List<StringField> fieldsOf(MethodDescriptor<?, ?> method) {
    if (method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier schema) {
      return StringField.of(schema.getMethodDescriptor().getInputType());
    }
    throw new AssertionError(method + " has no schema");
  }

  private static void assertCallHolds(
      TestServer server, MethodDescriptor<?, ?> method, StringField field, ByteString text) {
    byte[] request = field.with(text);
    MethodDescriptor<byte[], byte[]> bytes = ByteMessages.of(method);
    try {
      if (method.getType() == MethodDescriptor.MethodType.UNARY) {
        byte[] reply =
            ClientCalls.blockingUnaryCall(server.channel(), bytes, CallOptions.DEFAULT, request);
        if (method == AppServiceGrpc.getPutAppMethod()) {
          assertTrue(
              ByteString.copyFrom(reply).toString(ISO_8859_1).contains(text.toString(ISO_8859_1)),
              () -> where(field, text));
        }
      } else {
        var replies =
            ClientCalls.blockingServerStreamingCall(
                server.channel(),
                bytes.toBuilder().setType(MethodDescriptor.MethodType.SERVER_STREAMING).build(),
                CallOptions.DEFAULT,
                request);
        replies.forEachRemaining(
            reply -> assertTellsNothing(field, text, new String(reply, UTF_8)));
      }
    } catch (StatusRuntimeException e) {
      String told = e.getStatus() + " " + StatusProto.fromThrowable(e);
      assertTrue(
          !MISTAKES.contains(e.getStatus().getCode()), () -> where(field, text) + ": " + told);
      assertTellsNothing(field, text, told);
    }
  }

  private static void assertTellsNothing(StringField field, ByteString text, String told) {
    assertTrue(!INSIDE.matcher(told).find(), () -> where(field, text) + ": " + told);
  }

  private static String where(StringField field, ByteString text) {
    return field + " = " + text.substring(0, Math.min(40, text.size()));
  }

  /** A question with this text somewhere. */
  private record Sent(StringField field, ByteString text) {
    void assertIsIn(Map<String, Object> line) {
      String where = where(field, text);
      if (!text.isValidUtf8()) {
        assertEquals("INVALID_REQUEST", line.get("error"), where);
        return;
      }
      String value = text.toStringUtf8();
      boolean logged = value.length() <= DecisionLines.TEXT_CHARACTERS_MAX;
      switch (field.name()) {
        case "account_id", "app_id" -> {
          assertEquals(logged ? value : null, line.get(field.name()), where);
          Long length = logged ? null : (long) value.length();
          assertEquals(length, line.get(field.name() + "_length"), where);
        }
        case "scopes" -> {
          assertEquals(logged ? List.of(value) : List.of(), line.get("scopes"), where);
          assertEquals(logged ? null : 1L, line.get("scopes_left_out"), where);
        }
        default -> assertEquals(true, line.containsKey("call"), where);
      }
    }
  }

  /** A table that fails as no part of the server should, and says why. */
  private record Telling(DecisionPoint table) implements ForwardingTable {
    @Override
    public CompletableFuture<Answer> answer(CheckQuestion question, Consistency consistency) {
      if (question.key().account().value().contains("'")) {
        throw new IllegalStateException("SQLSTATE 42601, in org.postgresql");
      }
      return table.answer(question, consistency);
    }
  }

  /** What the server's own log says, as it would be written; fails if a line is none. */
  private static final class ServerLog implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.consentry");
    private final Level before = logger.getLevel();
    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
    private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
    private final AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          private final VisibleJsonEncoder encoder = new VisibleJsonEncoder();

          @Override
          protected void append(ILoggingEvent event) {
            String line = new String(encoder.encode(event), UTF_8);
            lines.add(line);
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
              warnings.add(line);
            }
          }
        };

    ServerLog() {
      appender.start();
      logger.setLevel(Level.TRACE);
      logger.addAppender(appender);
      logger.setAdditive(false);
    }

    /** Warnings and errors. */
    List<String> said() {
      for (String line : lines) {
        assertEquals(1, JsonLines.parse(line).size(), line);
      }
      return List.copyOf(warnings);
    }

    @Override
    public void close() {
      logger.detachAppender(appender);
      logger.setLevel(before);
      logger.setAdditive(true);
    }
  }
}
