package dev.consentry.server.rpc;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.rpc.Code;
import dev.consentry.server.gateway.DoorAnswer;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import java.util.ArrayList;
import java.util.List;

/** Answers in Envoy's words, by messages. */
final class ExtAuthzReplies {
  /** What the metadata of a request that is let through has beside its outcome. */
  static final List<String> MEMBERS = List.of("app", "account", "scopes", "revision");

  /** Credentials of gateways, which no upstream needs to see. */
  private static final String GATEWAY_AUTHORIZATION = "consentry-authorization";

  /**
   * What some upstreams would take for our headers. Envoy removes after it has set, so that a name
   * which is set must not be here.
   */
  private static final List<String> ALIASES = aliases();

  private static final CheckResponse OPEN =
      CheckResponse.newBuilder()
          .setStatus(com.google.rpc.Status.getDefaultInstance())
          .setOkResponse(
              OkHttpResponse.newBuilder()
                  .addAllHeadersToRemove(DoorAnswer.HEADERS)
                  .addAllHeadersToRemove(ALIASES))
          .setDynamicMetadata(
              Struct.newBuilder().putFields("outcome", text(DoorAnswer.Open.INSTANCE.outcome())))
          .build();

  /** What is the same for every request that is let through. */
  static final OkHttpResponse ALLOWED =
      OkHttpResponse.newBuilder().addAllHeadersToRemove(ALIASES).build();

  private ExtAuthzReplies() {}

  private static List<String> aliases() {
    var aliases = new ArrayList<String>();
    for (String header : DoorAnswer.HEADERS) {
      aliases.add(header.replace('-', '_'));
      aliases.add(header.replace('-', '.'));
    }
    aliases.add(GATEWAY_AUTHORIZATION);
    aliases.add(GATEWAY_AUTHORIZATION.replace('-', '_'));
    aliases.add(GATEWAY_AUTHORIZATION.replace('-', '.'));
    return List.copyOf(aliases);
  }

  static CheckResponse reply(DoorAnswer answer) {
    return switch (answer) {
      case DoorAnswer.Open _ -> OPEN;
      case DoorAnswer.Allowed allowed -> allowed(allowed);
      case DoorAnswer.Refused refused -> denied(refused);
    };
  }

  private static CheckResponse allowed(DoorAnswer.Allowed allowed) {
    String app = allowed.subject().app().value();
    String account = allowed.subject().account().value();
    return CheckResponse.newBuilder()
        .setStatus(com.google.rpc.Status.getDefaultInstance())
        .setOkResponse(
            ALLOWED.toBuilder()
                .addHeaders(header(DoorAnswer.APP_HEADER, app))
                .addHeaders(header(DoorAnswer.ACCOUNT_HEADER, account))
                .addHeaders(header(DoorAnswer.SCOPES_HEADER, allowed.scopes()))
                .addHeaders(header(DoorAnswer.REVISION_HEADER, allowed.revision())))
        .setDynamicMetadata(
            Struct.newBuilder()
                .putFields("outcome", text(allowed.outcome()))
                .putFields("app", text(app))
                .putFields("account", text(account))
                .putFields("scopes", text(allowed.scopes()))
                .putFields("revision", text(allowed.revision())))
        .build();
  }

  private static CheckResponse denied(DoorAnswer.Refused refused) {
    var http =
        DeniedHttpResponse.newBuilder()
            .setStatus(HttpStatus.newBuilder().setCode(StatusCode.forNumber(refused.status())))
            .addHeaders(header("content-type", DoorAnswer.Refused.CONTENT_TYPE))
            .addHeaders(header("cache-control", "no-store"))
            .setBody(refused.body());
    if (refused.challenge() != null) {
      http.addHeaders(header("www-authenticate", refused.challenge()));
    }
    var metadata =
        Struct.newBuilder()
            .putFields("outcome", text(refused.outcome()))
            .putFields("reason", text(refused.reason().name()));
    if (refused.revision() != null) {
      metadata.putFields("revision", text(refused.revision()));
    }
    Code code =
        refused.status() == StatusCode.Unauthorized_VALUE
            ? Code.UNAUTHENTICATED
            : Code.PERMISSION_DENIED;
    return CheckResponse.newBuilder()
        .setStatus(com.google.rpc.Status.newBuilder().setCode(code.getNumber()))
        .setDeniedResponse(http)
        .setDynamicMetadata(metadata)
        .build();
  }

  private static HeaderValueOption header(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
        .build();
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }
}
