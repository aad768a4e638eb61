package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.consentry.server.Seeds;
import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckError;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.DeleteAppRequest;
import dev.consentry.v1.GetAppRequest;
import dev.consentry.v1.GetGrantRequest;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.ListAppsRequest;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.PreviewGrantRequest;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.ResumeAppRequest;
import dev.consentry.v1.RevokeAppRequest;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.SuspendAppRequest;
import io.grpc.Metadata;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Any bytes as any request: it is refused with its bad fields, or good by the contract. */
final class RequestsFuzz {
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  /** What clients take by default, less base64 and the rest of the trailers. */
  private static final int DETAILS_BYTES_MAX = 6_000;

  private static final Pattern ID = Pattern.compile("[!-~]{1,256}");
  private static final Pattern SCOPE = Pattern.compile("[!#-\\[\\]-~]{1,256}");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_-]{16}-(0|[1-9][0-9]{0,17})");

  private static final List<Kind<?>> KINDS =
      List.of(
          new Kind<>(GrantRequest.parser(), r -> Requests.authorize(r, Actor.LOCAL)),
          new Kind<>(PreviewGrantRequest.parser(), Requests::preview),
          new Kind<>(GetGrantRequest.parser(), Requests::getGrant),
          new Kind<>(RevokeRequest.parser(), r -> Requests.revoke(r, Actor.LOCAL)),
          new Kind<>(RevokeAppRequest.parser(), r -> Requests.revokeApp(r, Actor.LOCAL)),
          new Kind<>(SuspendAppRequest.parser(), r -> Requests.suspendApp(r, Actor.LOCAL)),
          new Kind<>(ResumeAppRequest.parser(), r -> Requests.resumeApp(r, Actor.LOCAL)),
          new Kind<>(DeleteAppRequest.parser(), r -> Requests.deleteApp(r, Actor.LOCAL)),
          new Kind<>(PutAppRequest.parser(), r -> Requests.putApp(r, Actor.LOCAL)),
          new Kind<>(GetAppRequest.parser(), Requests::getApp),
          new Kind<>(ListGrantsRequest.parser(), r -> comparable(Requests.listGrants(r))),
          new Kind<>(ListAppsRequest.parser(), r -> comparable(Requests.listApps(r))),
          new Kind<>(ListEventsRequest.parser(), r -> comparable(Requests.listEvents(r))));

  private final RandomRequests world = new RandomRequests(new SplittableRandom(1));
  private final MemoryAnswers memory =
      new MemoryAnswers(world.table(), new Counters(), DecisionLog.OFF);

  /** A kind of request. */
  private record Kind<M extends Message>(Parser<M> parser, Function<M, Object> reader) {
    void assertHolds(byte[] bytes) {
      M message;
      try {
        message = parser.parseFrom(bytes);
      } catch (InvalidProtocolBufferException e) {
        return;
      }
      Object read = outcome(reader, message);
      try {
        assertEquals(read, outcome(reader, parser.parseFrom(message.toByteArray())));
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError("what was read cannot be written and read again", e);
      }
    }
  }

  /** Pages have no equality; whatever else a list was asked for has. */
  private static List<?> comparable(Listing<?, ?> listing) {
    return Arrays.asList(listing.filter(), listing.rows(), listing.after());
  }

  /** What was read, or what is wrong with it. */
  private static <M> Object outcome(Function<M, Object> reader, M message) {
    try {
      return reader.apply(message);
    } catch (InvalidFieldsException e) {
      assertFalse(e.violations().isEmpty());
      Metadata trailers =
          Fault.of(new Refusal.InvalidRequest(e.violations())).status().getTrailers();
      assertNotNull(trailers);
      byte[] details = trailers.get(DETAILS);
      assertNotNull(details);
      assertTrue(details.length <= DETAILS_BYTES_MAX, () -> details.length + " bytes of details");
      return e.violations();
    }
  }

  /** The first byte says which. */
  @FuzzTest
  void request(byte[] input) {
    if (input.length > 0) {
      KINDS
          .get((input[0] & 0xFF) % KINDS.size())
          .assertHolds(Arrays.copyOfRange(input, 1, input.length));
    }
  }

  @Test
  void request_mutantThatThrowsAnotherException_isFoundByASeed() {
    var mutant =
        new Kind<>(
            GrantRequest.parser(),
            r -> r.getExpectedRevision().isEmpty() ? r : r.getExpectedRevision().charAt(16));
    Seeds.of(this, "request")
        .assertFinds(seed -> mutant.assertHolds(Arrays.copyOfRange(seed, 1, seed.length)));
  }

  @FuzzTest
  void check(byte[] input) {
    assertCheckHolds(
        request -> Checks.question(Caller.LOCAL, request),
        b -> memory.check(Caller.LOCAL, b),
        input);
  }

  @Test
  void check_mutantThatCutsIds_isFoundByASeed() {
    Seeds.of(this, "check")
        .assertFinds(
            seed -> assertCheckHolds(RequestsFuzz::cut, b -> memory.check(Caller.LOCAL, b), seed));
  }

  @Test
  void check_mutantThatAnswersAnotherQuestion_isFoundByASeed() {
    byte[] other = TestServer.checkOf("acme", "ledger", "read").toByteArray();
    Seeds.of(this, "check")
        .assertFinds(seed ->
            assertCheckHolds(
                request -> Checks.question(Caller.LOCAL, request),
                b ->
                    memory.check(Caller.LOCAL, b) == null
                        ? null
                        : memory.check(Caller.LOCAL, other),
                seed));
  }

  private void assertCheckHolds(
      Function<CheckRequest, CheckQuestion> reader,
      Function<byte[], byte[]> inBytes,
      byte[] input) {
    CheckRequest request;
    try {
      request = CheckRequest.parseFrom(input);
    } catch (InvalidProtocolBufferException e) {
      assertEquals(null, inBytes.apply(input), "no message, and yet an answer");
      return;
    }
    var question = outcome(r -> new Read(reader.apply(r), Checks.consistency(r)), request);
    assertEquals(isGood(request), question instanceof Read, request::toString);
    byte[] reply = inBytes.apply(input);
    if (reply != null) {
      Answer answer =
          world
              .table()
              .answerNow(Checks.question(Caller.LOCAL, request), Checks.consistency(request));
      assertNotNull(answer);
      assertArrayEquals(Checks.response(answer).toByteArray(), reply);
    }
  }

  private record Read(CheckQuestion question, Object consistency) {}

  /** What the contract says of it. */
  private static boolean isGood(CheckRequest request) {
    var consistency = request.getConsistency();
    boolean consistencyIsGood =
        switch (consistency.getRequirementCase()) {
          case REQUIREMENT_NOT_SET -> true;
          case MINIMIZE_LATENCY -> consistency.getMinimizeLatency();
          case FULLY_CONSISTENT -> consistency.getFullyConsistent();
          case AT_LEAST_AS_FRESH -> REVISION.matcher(consistency.getAtLeastAsFresh()).matches();
        };
    return consistencyIsGood
        && ID.matcher(request.getAccountId()).matches()
        && ID.matcher(request.getAppId()).matches()
        && request.getScopesCount() >= 1
        && request.getScopesCount() <= CheckQuestion.SCOPES_PER_CHECK_MAX
        && request.getScopesList().stream().allMatch(scope -> SCOPE.matcher(scope).matches());
  }

  /** Takes an id that is too long for the one that it begins with. */
  private static CheckQuestion cut(CheckRequest request) {
    String account = request.getAccountId();
    return Checks.question(
        Caller.LOCAL,
        request.toBuilder()
            .setAccountId(account.substring(0, Math.min(256, account.length())))
            .build());
  }

  @FuzzTest
  void batchAndItem(byte[] input) {
    try {
      Batch batch =
          Batch.of(
              Caller.LOCAL,
              BatchCheckRequest.parseFrom(input),
              _ -> CheckError.getDefaultInstance());
      byte[] reply = memory.batch(Caller.LOCAL, input);
      if (reply != null) {
        var answers = world.table().answerAll(batch.questions(), batch.consistency()).join();
        assertArrayEquals(batch.response(answers).toByteArray(), reply);
      }
    } catch (InvalidProtocolBufferException | InvalidFieldsException e) {
      assertEquals(null, memory.batch(Caller.LOCAL, input), "refused, and yet answered");
    }
    byte[] reply = memory.item(Caller.LOCAL, input, new FieldCursor(), new QuestionBytes());
    try {
      StreamCheckRequest item = StreamCheckRequest.parseFrom(input);
      outcome(request -> Checks.question(Caller.LOCAL, request), item);
      Object consistency = outcome(Checks::consistency, item);
      assertTrue(reply == null || !(consistency instanceof List), "refused, and yet answered");
    } catch (InvalidProtocolBufferException e) {
      assertEquals(null, reply, "no message, and yet an answer");
    }
  }
}
