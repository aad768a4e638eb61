package dev.consentry.server.door;

import dev.consentry.server.gateway.AppRequest;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.security.Caller;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request of an app, brought to a door by a gateway, in whatever language that speaks. */
public interface DoorCall {
  /** The gateway. */
  Caller caller();

  Door.Kind kind();

  /** Null if the gateway names none. */
  @Nullable String door();

  /** What the gateway says by itself; never what a client does. */
  Map<String, String> said();

  /**
   * What it tells of the request.
   *
   * @param door by whose family of headers it is read
   * @throws NotLetThroughException if it cannot be read
   */
  AppRequest request(Door door) throws NotLetThroughException;

  /** The claims that the gateway has verified, under that name; null if there are none. */
  @Nullable Map<String, ?> verified(String payload);

  /** Whom the app's own certificate names; empty if it showed none. */
  String principal();
}
