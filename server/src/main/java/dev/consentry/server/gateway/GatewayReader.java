package dev.consentry.server.gateway;

import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.server.yaml.Yaml;
import dev.consentry.server.yaml.YamlEntry;
import dev.consentry.server.yaml.YamlProblems;
import dev.consentry.server.yaml.YamlProblems.Place;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the section, and goes on where something is wrong, so that all of it is found: what it
 * returns then has gaps, and must not be used. For one reading.
 */
final class GatewayReader {
  private static final List<String> KEYS = List.of("doors", "routes", "authzen");
  private static final List<String> AUTHZEN_KEYS =
      List.of("base_url", "subject_type", "resource_type");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,63}");
  private static final Pattern TYPE = Pattern.compile("[!-~]{1,256}");

  private final Around around;
  private final YamlProblems problems;

  GatewayReader(Around around, YamlProblems problems) {
    this.around = around;
    this.problems = problems;
  }

  /** What a file says; its other keys are no business of the doors. */
  Gateway read(Yaml document) {
    Gateway read = Gateway.NONE;
    int sections = 0;
    if (document instanceof Yaml.Mapping mapping) {
      for (Yaml.Field field : mapping.fields()) {
        if (field.key().value().equals(GatewayFile.KEY)) {
          var place = new Place("", field.value().line());
          read =
              YamlEntry.read(field.value(), place, KEYS, problems)
                  .map(this::section)
                  .orElse(Gateway.NONE);
          if (++sections > 1) {
            problems.add(place, "`%s` stands there twice".formatted(GatewayFile.KEY));
          }
        }
      }
    }
    return read;
  }

  private Gateway section(YamlEntry section) {
    var doors = new HashMap<String, Door>();
    var doorReader = new DoorReader(around);
    Map<String, YamlEntry> entries =
        section.has("doors")
            ? section.children("doors", "door", Gateway.DOORS_MAX, DoorReader.KEYS)
            : Map.of();
    entries.forEach((name, entry) -> {
      if (!NAME.matcher(name).matches()) {
        entry.problem("must have a name of 1 to 64 lower-case letters, digits and `-`");
      }
      doorReader.door(name, entry).ifPresent(door -> doors.put(name, door));
    });
    RouteTable routes =
        section.has("routes")
            ? RouteReader.table(section, "routes").orElse(Gateway.NONE.routes())
            : Gateway.NONE.routes();
    if (!section.has("routes")
        && doors.values().stream().anyMatch(door -> door.scopes() instanceof ScopeSource.Routes)) {
      section.problem("must have `routes`, a list, for the doors with `scopes: routes`");
    }
    AuthZenSettings authZen =
        section.has("authzen")
            ? section.child("authzen", AUTHZEN_KEYS).map(GatewayReader::authZen).orElse(null)
            : null;
    return new Gateway(doors, routes, authZen);
  }

  private static @Nullable AuthZenSettings authZen(YamlEntry entry) {
    return new AuthZenSettings(
        entry.optional("base_url", GatewayReader::baseUrl).orElse(null),
        entry.optional("subject_type", GatewayReader::type).orElse(AuthZenSettings.SUBJECT_TYPE),
        entry.optional("resource_type", GatewayReader::type).orElse(AuthZenSettings.RESOURCE_TYPE));
  }

  private static String type(String text) {
    if (!TYPE.matcher(text).matches()) {
      throw new InvalidValueException("must be 1 to 256 visible ASCII characters");
    }
    return text;
  }

  private static URI baseUrl(String text) {
    URI uri = https(text);
    if (uri.getRawQuery() != null || uri.getRawFragment() != null || text.endsWith("/")) {
      throw new InvalidValueException(
          "must be an https URL without query, fragment and `/` at the end");
    }
    return uri;
  }

  /** A URL that clients can be sent to. */
  static URI https(String text) {
    try {
      var uri = new URI(text);
      if ("https".equals(uri.getScheme())
          && uri.getHost() != null
          && uri.toString().equals(uri.toASCIIString())
          && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Told the same of all of them.
    }
    throw new InvalidValueException("must be an https URL");
  }
}
