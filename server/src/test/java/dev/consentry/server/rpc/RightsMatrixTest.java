package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Extent;
import dev.consentry.server.security.Role;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.View;
import dev.consentry.v1.App;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.DeleteAppRequest;
import dev.consentry.v1.GetAppRequest;
import dev.consentry.v1.GetGrantRequest;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
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
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every method × every role × the caller's own account, another one, and all of them × things that
 * are there and that are not. Only what the table of roles says passes; whatever is refused is
 * refused alike, and before anything is looked at.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RightsMatrixTest {
  private static final String OWN = "acme";
  private static final String OTHER = "globex";

  /** In a list's filter: no account at all. */
  private static final String ALL = "";

  private static final String THERE = "mail";
  private static final String MISSING = "nothing";

  /** A method, how it is asked, and who may ask it: for the own account, another one, and all. */
  record Line(
      MethodDescriptor<?, ?> method,
      BiFunction<String, String, Message> request,
      Set<Role> own,
      Set<Role> other,
      Set<Role> all) {

    Set<Role> allowed(String account) {
      return switch (account) {
        case OWN -> own;
        case OTHER -> other;
        default -> all;
      };
    }

    @Override
    public String toString() {
      return method.getBareMethodName();
    }
  }

  private final AtomicInteger touched = new AtomicInteger();
  private final ListedCallers callers = new ListedCallers();
  private final TestServer server =
      TestServer.startAsking(
          callers,
          new TestServer.Wrapping(
              table -> counting(DecisionPoint.class, table),
              store -> counting(GrantStore.class, store),
              reads -> counting(ConsentReads.class, reads)));

  @BeforeAll
  void grant() {
    callers.with(
        "everybody",
        EnumSet.allOf(Role.class).stream().map(Binding::everywhere).toArray(Binding[]::new));
    for (Role role : Role.values()) {
      Extent accounts = role == Role.OPERATOR ? Extent.ALL : Extent.of(List.of(OWN));
      callers.with(role.text(), new Binding(role, accounts, Extent.ALL));
    }
    callers.with("nobody");
    var apps = server.apps().withCallCredentials(ListedCallers.token("everybody"));
    var grants = server.grants().withCallCredentials(ListedCallers.token("everybody"));
    var _ =
        apps.putApp(
            PutAppRequest.newBuilder()
                .setApp(TestServer.app(THERE, List.of("mail.read"), List.of()))
                .build());
    for (String account : List.of(OWN, OTHER)) {
      var _ = grants.grant(TestServer.grantOf(account, THERE).build());
    }
  }

  @AfterAll
  void close() {
    server.close();
  }

  static Stream<Line> lines() {
    Set<Role> nobody = EnumSet.noneOf(Role.class);
    Set<Role> decider = EnumSet.of(Role.DECIDER);
    Set<Role> admin = EnumSet.of(Role.ACCOUNT_ADMIN);
    Set<Role> operator = EnumSet.of(Role.OPERATOR);
    Set<Role> viewers = EnumSet.of(Role.VIEWER, Role.ACCOUNT_ADMIN, Role.OPERATOR);
    return Stream.of(
        new Line(
            DecisionServiceGrpc.getCheckMethod(),
            (account, app) -> TestServer.checkOf(account, app, "mail.read"),
            decider,
            nobody,
            nobody),
        new Line(
            DecisionServiceGrpc.getBatchCheckMethod(),
            (account, app) ->
                BatchCheckRequest.newBuilder()
                    .addItems(
                        BatchCheckItem.newBuilder()
                            .setAccountId(account)
                            .setAppId(app)
                            .addScopes("mail.read"))
                    .build(),
            decider,
            nobody,
            nobody),
        new Line(
            DecisionServiceGrpc.getStreamCheckMethod(),
            (account, app) ->
                StreamCheckRequest.newBuilder()
                    .setCorrelationId("1")
                    .setCheck(TestServer.checkOf(account, app, "mail.read"))
                    .build(),
            decider,
            nobody,
            nobody),
        new Line(
            GrantServiceGrpc.getPreviewGrantMethod(),
            (account, app) ->
                PreviewGrantRequest.newBuilder().setAccountId(account).setAppId(app).build(),
            admin,
            nobody,
            nobody),
        new Line(
            GrantServiceGrpc.getGrantMethod(),
            (account, app) -> TestServer.grantOf(account, app).setReplace(true).build(),
            admin,
            nobody,
            nobody),
        new Line(
            GrantServiceGrpc.getRevokeMethod(),
            (account, app) ->
                RevokeRequest.newBuilder().setAccountId(account).setAppId(app).build(),
            admin,
            nobody,
            nobody),
        new Line(
            GrantServiceGrpc.getGetGrantMethod(),
            (account, app) ->
                GetGrantRequest.newBuilder().setAccountId(account).setAppId(app).build(),
            viewers,
            operator,
            operator),
        new Line(
            GrantServiceGrpc.getListGrantsMethod(),
            (account, app) ->
                ListGrantsRequest.newBuilder().setAccountId(account).setAppId(app).build(),
            viewers,
            operator,
            operator),
        new Line(
            HistoryServiceGrpc.getListEventsMethod(),
            (account, app) ->
                ListEventsRequest.newBuilder().setAccountId(account).setAppId(app).build(),
            viewers,
            operator,
            operator),
        ofApps(
            AppServiceGrpc.getGetAppMethod(),
            app -> GetAppRequest.newBuilder().setAppId(app).build(),
            viewers),
        ofApps(
            AppServiceGrpc.getListAppsMethod(), _ -> ListAppsRequest.getDefaultInstance(), viewers),
        ofApps(
            AppServiceGrpc.getPutAppMethod(),
            app ->
                PutAppRequest.newBuilder()
                    .setApp(App.newBuilder().setAppId(app).setDisplayName("x"))
                    .setExpectedVersion(9)
                    .build(),
            operator),
        ofApps(
            AppServiceGrpc.getSuspendAppMethod(),
            app -> SuspendAppRequest.newBuilder().setAppId(app).build(),
            operator),
        ofApps(
            AppServiceGrpc.getResumeAppMethod(),
            app -> ResumeAppRequest.newBuilder().setAppId(app).build(),
            operator),
        ofApps(
            AppServiceGrpc.getDeleteAppMethod(),
            app -> DeleteAppRequest.newBuilder().setAppId(app).build(),
            operator),
        ofApps(
            GrantServiceGrpc.getRevokeAppMethod(),
            app -> RevokeAppRequest.newBuilder().setAppId(app).setDryRun(true).build(),
            operator));
  }

  private static Line ofApps(
      MethodDescriptor<?, ?> method, Function<String, Message> request, Set<Role> allowed) {
    return new Line(method, (_, app) -> request.apply(app), allowed, allowed, allowed);
  }

  @Test
  void lines_theContract_hasNoOtherMethods() {
    var served =
        Stream.of(
                DecisionServiceGrpc.getServiceDescriptor(),
                GrantServiceGrpc.getServiceDescriptor(),
                AppServiceGrpc.getServiceDescriptor(),
                HistoryServiceGrpc.getServiceDescriptor())
            .flatMap(service -> service.getMethods().stream())
            .map(MethodDescriptor::getFullMethodName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(
        served,
        lines()
            .map(line -> line.method().getFullMethodName())
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lines")
  void call_everyRoleAndAccount_passesWhereTheTableSaysSo(Line line) {
    for (String account : List.of(OWN, OTHER, ALL)) {
      Set<Role> passed = EnumSet.noneOf(Role.class);
      for (Role role : Role.values()) {
        if (!isRefused(call(line, role.text(), account, MISSING))) {
          passed.add(role);
        }
      }
      assertEquals(line.allowed(account), passed, "account `%s`".formatted(account));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lines")
  void call_refused_readsAlikeAndTouchesNothing(Line line) {
    for (String account : List.of(OWN, OTHER, ALL)) {
      var refused = new ArrayList<String>();
      Stream.concat(Stream.of(Role.values()).map(Role::text), Stream.of("nobody"))
          .filter(name -> Role.of(name).stream().noneMatch(line.allowed(account)::contains))
          .forEach(name -> {
            touched.set(0);
            String there = call(line, name, account, THERE);
            String missing = call(line, name, account, MISSING);
            String malformed = call(line, name, account, "no app id\n");
            assertEquals(0, touched.get(), name);
            assertTrue(isRefused(there), there);
            assertEquals(there, missing, name);
            assertEquals(there, malformed, name);
            refused.add(name);
          });
      assertTrue(refused.size() >= 2, "somebody is refused");
    }
  }

  /** Otherwise the zeros above would say nothing. */
  @Test
  void call_allowed_touchesTheStore() {
    touched.set(0);
    lines()
        .forEach(line -> {
          int before = touched.get();
          String outcome = call(line, "everybody", OTHER, MISSING);
          assertTrue(touched.get() > before, line + " " + outcome);
        });
  }

  /** What a caller learns: the reply, or the status with all its details. */
  private String call(Line line, String token, String account, String app) {
    return call(line.method(), line.request().apply(account, app), token);
  }

  private <Q, R> String call(MethodDescriptor<Q, R> method, Message message, String token) {
    var headers = new Metadata();
    headers.put(ListedCallers.AUTHORIZATION, "Bearer " + token);
    var channel =
        ClientInterceptors.intercept(
            server.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
    // A request of this method is what its line makes.
    @SuppressWarnings("unchecked")
    Q request = (Q) message;
    try {
      if (method.getType() == MethodDescriptor.MethodType.UNARY) {
        return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request)
            .toString();
      }
      if (method.getType() == MethodDescriptor.MethodType.SERVER_STREAMING) {
        var replies = new StringBuilder();
        ClientCalls.blockingServerStreamingCall(channel, method, CallOptions.DEFAULT, request)
            .forEachRemaining(replies::append);
        return replies.toString();
      }
      var call = ClientCalls.blockingBidiStreamingCall(channel, method, CallOptions.DEFAULT);
      call.write(request);
      call.halfClose();
      return String.valueOf(call.read());
    } catch (StatusRuntimeException | StatusException e) {
      return String.valueOf(StatusProto.fromThrowable(e));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isRefused(String outcome) {
    return outcome.contains("ERROR_REASON_NOT_ALLOWED");
  }

  private <T> T counting(Class<T> port, T of) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (_, method, arguments) -> {
              // What time it is, and at which revision, tells nothing of any thing.
              if (!Set.of("view", "decisionMicros", "at", "isFresh").contains(method.getName())) {
                touched.incrementAndGet();
              }
              try {
                Object result = method.invoke(of, arguments);
                return result instanceof View view ? counting(View.class, view) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
