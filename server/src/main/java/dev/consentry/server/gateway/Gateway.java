package dev.consentry.server.gateway;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The doors, and what stands behind all of them.
 *
 * @param doors by name
 * @param routes without a rule if there are none
 * @param authZen null if that door is shut
 */
public record Gateway(
    Map<String, Door> doors, RouteTable routes, @Nullable AuthZenSettings authZen) {
  public static final int DOORS_MAX = 64;

  /** Without any door. */
  public static final Gateway NONE = new Gateway(Map.of(), RouteTable.of(List.of()), null);

  public Gateway {
    doors = Map.copyOf(doors);
  }

  /** Whether only the routes differ. */
  boolean hasDoorsOf(Gateway other) {
    return doors.equals(other.doors) && Objects.equals(authZen, other.authZen);
  }

  /**
   * A door.
   *
   * @param name null if the gateway names none
   * @throws NotLetThroughException {@link Reason#BAD_DOOR_CONFIGURATION} if there is none such
   */
  public Door door(@Nullable String name, Door.Kind kind) throws NotLetThroughException {
    Door door = name == null ? null : doors.get(name);
    if (door == null || door.kind() != kind) {
      throw new NotLetThroughException(
          Reason.BAD_DOOR_CONFIGURATION,
          "the gateway must name a door of this kind that the configuration has");
    }
    return door;
  }
}
