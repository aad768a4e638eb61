package dev.consentry.server.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
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

    /** Parameters that hold secrets, in lower case. */
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
            "querytimeout",
            "readonly",
            "sockettimeout",
            "targetservertype",
            "tcpkeepalive");

    /** Without the password. */
    @Override
    public String toString() {
      return url;
    }

    /** The database at a URL, without a password yet. */
    static Postgres parse(String url) {
      if (!url.startsWith(SCHEME)) {
        throw new IllegalArgumentException(
            "must be `file`, `memory` or a URL of PostgreSQL: jdbc:postgresql://HOST:PORT/DATABASE");
      }
      URI uri = uri(url.substring("jdbc:".length()));
      String authority = uri.getRawAuthority();
      if (authority == null || uri.getRawPath().length() < 2) {
        throw new IllegalArgumentException(
            "must name host and database: jdbc:postgresql://HOST:PORT/DATABASE");
      }
      if (authority.contains("@")) {
        throw new IllegalArgumentException(
            "must have the user's name as a parameter, ?user=NAME, and no password: that comes from"
                + " --store-password-file");
      }
      Set<String> names = parameters(uri);
      if (names.stream().anyMatch(SECRETS::contains)) {
        throw new IllegalArgumentException(
            "must not have a password in it: that comes from --store-password-file, or from the"
                + " variable CONSENTRY_SERVER_STORE_PASSWORD");
      }
      names.retainAll(TAKEN);
      if (!names.isEmpty()) {
        throw new IllegalArgumentException(
            "must not set what the server sets itself: " + String.join(", ", names));
      }
      return new Postgres(url, null);
    }

    private static URI uri(String text) {
      try {
        return new URI(text);
      } catch (URISyntaxException e) {
        throw new IllegalArgumentException(
            "must be a URL: jdbc:postgresql://HOST:PORT/DATABASE?NAME=VALUE&…", e);
      }
    }

    private static Set<String> parameters(URI uri) {
      String query = uri.getRawQuery();
      return query == null
          ? new TreeSet<>()
          : Stream.of(query.split("&"))
              .map(parameter -> parameter.replaceFirst("=.*", "").toLowerCase(Locale.ROOT))
              .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
