package dev.consentry.server.rpc;

import dev.consentry.server.security.Rights;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import io.grpc.MethodDescriptor;
import java.util.Map;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What right each method asks for, by what its request names; nothing has been looked at but that.
 * A method that is not here is nobody's. Those of decisions ask for one with every question: in
 * {@link Checks}.
 */
final class Permissions {
  private static final Map<String, BiPredicate<Rights, Object>> ALL =
      Map.ofEntries(
          permission(
              GrantServiceGrpc.getPreviewGrantMethod(),
              (rights, asked) -> rights.mayAdminister(asked.getAccountId(), asked.getAppId())),
          permission(
              GrantServiceGrpc.getGrantMethod(),
              (rights, asked) -> rights.mayAdminister(asked.getAccountId(), asked.getAppId())),
          permission(
              GrantServiceGrpc.getRevokeMethod(),
              (rights, asked) -> rights.mayAdminister(asked.getAccountId(), asked.getAppId())),
          permission(
              GrantServiceGrpc.getGetGrantMethod(),
              (rights, asked) -> rights.mayView(asked.getAccountId(), asked.getAppId())),
          permission(
              GrantServiceGrpc.getListGrantsMethod(),
              (rights, asked) ->
                  rights.mayView(filter(asked.getAccountId()), filter(asked.getAppId()))),
          permission(
              HistoryServiceGrpc.getListEventsMethod(),
              (rights, asked) ->
                  rights.mayView(filter(asked.getAccountId()), filter(asked.getAppId()))),
          permission(
              AppServiceGrpc.getGetAppMethod(),
              (rights, asked) -> rights.mayReadApp(asked.getAppId())),
          permission(AppServiceGrpc.getListAppsMethod(), (rights, _) -> rights.mayListApps()),
          permission(GrantServiceGrpc.getRevokeAppMethod(), (rights, _) -> rights.mayOperate()),
          permission(AppServiceGrpc.getPutAppMethod(), (rights, _) -> rights.mayOperate()),
          permission(AppServiceGrpc.getSuspendAppMethod(), (rights, _) -> rights.mayOperate()),
          permission(AppServiceGrpc.getResumeAppMethod(), (rights, _) -> rights.mayOperate()),
          permission(AppServiceGrpc.getDeleteAppMethod(), (rights, _) -> rights.mayOperate()));

  private Permissions() {}

  /** Whether a method may be called with this request. */
  static boolean allow(Rights rights, MethodDescriptor<?, ?> method, Object request) {
    BiPredicate<Rights, Object> permission = ALL.get(method.getFullMethodName());
    return permission != null && permission.test(rights, request);
  }

  /** A list that is not filtered is one of everything. */
  private static @Nullable String filter(String id) {
    return id.isEmpty() ? null : id;
  }

  private static <Q> Map.Entry<String, BiPredicate<Rights, Object>> permission(
      MethodDescriptor<Q, ?> method, BiPredicate<Rights, Q> permission) {
    // What the transport made of a request of that method, and nothing else, comes here.
    @SuppressWarnings("unchecked")
    BiPredicate<Rights, Object> ofAny = (rights, request) -> permission.test(rights, (Q) request);
    return Map.entry(method.getFullMethodName(), ofAny);
  }
}
