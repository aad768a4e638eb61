package dev.consentry.server.config;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where grants are kept. */
public sealed interface StoreChoice {
  StoreChoice FILE = new File();
  StoreChoice MEMORY = new Memory();

  /** An embedded database in the data directory. */
  record File() implements StoreChoice {}

  /** An embedded database that ends with the process. */
  record Memory() implements StoreChoice {}

  /**
   * A PostgreSQL database, which other servers may use as well.
   *
   * @param url without a password
   * @param password null if none is given
   */
  record Postgres(String url, @Nullable String password) implements StoreChoice {
    private static final String SCHEME = "jdbc:postgresql:";
    private static final String FORM = SCHEME + "//HOST:PORT/DATABASE";
    private static final int PORT_MAX = 65_535;

    private static final Pattern PLACE = Pattern.compile("//(?<hosts>[^/]+)/(?<database>[^/]+)");
    private static final Pattern HOST =
        Pattern.compile("(?:\\[[0-9A-Fa-f:.]+]|[^\\s:,#\\[\\]]+)(?::(?<port>[0-9]{1,5}))?");

    private static final Set<String> SECRETS = Set.of("password", "sslpassword");

    /** Parameters that the server sets itself, because promises rest on them; in lower case. */
    private static final Set<String> TAKEN =
        Set.of(
            "autosave",
            "cancelsignaltimeout",
            "connecttimeout",
            "logintimeout",
            "options",
            "preferquerymode",
            "preparethreshold",
            "querytimeout",
            "readonly",
            "sockettimeout",
            "targetservertype",
            "tcpkeepalive");

    /** Parameters that name another database than the URL shows, or bring others in; likewise. */
    private static final Set<String> ELSEWHERE = Set.of("pgdbname", "pghost", "pgport", "service");

    /** Without the password. */
    @Override
    public String toString() {
      return url;
    }

    /** The database at a URL, without a password yet. */
    /*
     * The URL is taken apart where the driver takes it apart, which is not as RFC 3986 has it: to the driver, `#` is a
     * letter like any other, and what follows it still counts.
     */
    static Postgres parse(String url) {
      require(url.startsWith(SCHEME), "must be `file`, `memory` or a URL of PostgreSQL: " + FORM);
      String[] parts = url.substring(SCHEME.length()).split("\\?", 2);
      List<String> names = parts.length == 1 ? List.of() : names(parts[1]);
      // Wherever it stands: the driver may not take it for one, but whoever wrote it did.
      require(
          !decoded(url).toLowerCase(Locale.ROOT).contains("password=")
              && Collections.disjoint(names, SECRETS),
          "must not have a password in it: the store's comes from --store-password-file, or from the"
              + " variable CONSENTRY_SERVER_STORE_PASSWORD; a key of `sslkey` must need none");
      Matcher place = PLACE.matcher(parts[0]);
      require(place.matches(), "must name host and database: " + FORM);
      String hosts = place.group("hosts");
      require(
          !hosts.contains("@"),
          "must have the user's name as a parameter, ?user=NAME, and no password: that comes from"
              + " --store-password-file");
      require(
          Stream.of(hosts.split(",", -1)).allMatch(Postgres::isHost),
          "must name hosts as HOST, HOST:PORT or [IPV6]:PORT, with a port from 1 to " + PORT_MAX);
      requireNone(TAKEN, names, "must not set what the server sets itself: ");
      requireNone(ELSEWHERE, names, "must say by itself which database it is, without ");
      return new Postgres(url, null);
    }

    private static String decoded(String url) {
      try {
        return URLDecoder.decode(url, StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "must be a URL, in which % begins an escape such as %20 and is itself written %25", e);
      }
    }

    private static boolean isHost(String text) {
      Matcher match = HOST.matcher(text);
      if (!match.matches()) {
        return false;
      }
      int port = match.group("port") == null ? 1 : Integer.parseInt(match.group("port"));
      return port >= 1 && port <= PORT_MAX;
    }

    /** The names of parameters, as they are spelled there. */
    private static List<String> names(String query) {
      return Stream.of(query.split("&", -1)).map(text -> text.split("=", 2)[0]).toList();
    }

    private static void requireNone(Set<String> refused, List<String> names, String otherwise) {
      String found =
          names.stream()
              .filter(name -> refused.contains(name.toLowerCase(Locale.ROOT)))
              .collect(Collectors.joining(", "));
      require(found.isEmpty(), otherwise + found);
    }

    private static void require(boolean condition, String otherwise) {
      if (!condition) {
        throw new IllegalArgumentException(otherwise);
      }
    }
  }
}
