package dev.consentry.server.config;

import java.util.Locale;

/**
 * What can be configured. Key {@code table-size}, flag {@code --table-size} and environment
 * variable {@code CONSENTRY_SERVER_TABLE_SIZE} are one setting; the flag wins over the environment,
 * the environment over the file.
 */
public enum Setting {
  LISTEN("HOST:PORT", "127.0.0.1:8980", "Where to listen; port 0 means any free one."),
  HTTP(
      "HOST:PORT|off",
      "127.0.0.1:8981",
      "Where to listen for HTTP: gateways, probes, metrics; off: nowhere."),
  TLS_CERT("FILE", "", "The server's certificate and those between it and its authority, in PEM."),
  TLS_KEY("FILE", "", "The key of that certificate, in PEM (PKCS #8)."),
  TLS_CLIENT_CA("FILE", "", "Authorities of the certificates that callers may show, in PEM."),
  PLAINTEXT("", "false", "Serve others in plain text: something in front of the server encrypts."),
  CALLERS(
      "FILE", "", "Says who may do what: owners of certificates and of preshared tokens, in YAML."),
  JWT_KEYS("URL|FILE", "", "The keys (JWK set) of an issuer whose tokens (JWT) are taken."),
  JWT_ISSUER("TEXT", "", "Its name: the claim `iss` of its tokens."),
  JWT_AUDIENCE("TEXT", "", "This server's name: must be in the claim `aud`."),
  JWT_ALGORITHMS("LIST", "", "What it signs with, such as ES256,RS256; nothing else is taken."),
  JWT_TYPE("TYPE", "at+jwt", "The type of its tokens: the header's `typ`."),
  JWT_ROLES_CLAIM("NAME", "roles", "The claim with the roles."),
  JWT_ACCOUNTS_CLAIM("NAME", "accounts", "The claim with the accounts for which they hold."),
  JWT_APPS_CLAIM("NAME", "apps", "The claim with the apps for which they hold."),
  REFLECTION("WHERE", "loopback", "Serve gRPC reflection: loopback, on or off."),
  MAX_CONNECTIONS("N", "10000", "Connections beyond that are refused."),
  DATA("DIR", "./data", "The directory that holds the store."),
  STORE(
      "KIND|URL",
      "file",
      "file: durable, in the data directory. memory: gone when the server ends. Or"
          + " jdbc:postgresql://HOST:PORT/DATABASE?user=NAME: for several servers."),
  STORE_PASSWORD_FILE(
      "FILE",
      "",
      "Holds the password for a store with a URL, in its one line; the variable"
          + " CONSENTRY_SERVER_STORE_PASSWORD may instead."),
  MIGRATE("", "true", "Bring the schema of a store with a URL up to date before serving."),
  DEMO("", "false", "Fill an empty store with a small, lifelike world."),
  TABLE_SIZE("SIZE", "25%", "Memory for the grant table: e.g. 512MiB, or a share of the heap."),
  MAX_STALENESS("TIME", "2s", "No answer rests on knowledge older than this."),
  POLL_INTERVAL("TIME", "250ms", "How often to look for what other servers wrote, without news."),
  HISTORY_RETENTION("TIME", "400d", "For how long the history is kept. Grants stay in any case."),
  WARM_UP("TIME", "300ms", "How long the server may warm itself before it serves; 0s: not at all."),
  DRAIN("TIME", "0s", "How long to serve on, NOT_SERVING, once told to stop."),
  DECISION_LOG(
      "WHERE", "off", "Write what was decided, as lines of JSON: off, stderr or a file's name."),
  DECISION_LOG_ALLOWS(
      "SHARE", "1%", "How many of the answers that allow it has; of those that deny, all."),
  LOG_LEVEL("LEVEL", "info", "error, warn, info, debug or trace; on standard error, as JSON."),
  EXIT_WITH_PARENT("", "false", "Stop when the process that started this one ends.");

  static final String FLAG_PREFIX = "--";
  static final String VARIABLE_PREFIX = "CONSENTRY_SERVER_";

  private final String placeholder;
  private final String defaultValue;
  private final String description;

  Setting(String placeholder, String defaultValue, String description) {
    this.placeholder = placeholder;
    this.defaultValue = defaultValue;
    this.description = description;
  }

  /** As it is spelled in the file. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** As it is spelled on the command line. */
  public String flag() {
    return FLAG_PREFIX + key();
  }

  /** As it is spelled in the environment. */
  public String variable() {
    return VARIABLE_PREFIX + name();
  }

  /** What stands for the value in a usage text; empty if it is a switch. */
  public String placeholder() {
    return placeholder;
  }

  /** Whether it is true or false, and a flag without a value means true. */
  public boolean isSwitch() {
    return placeholder.isEmpty();
  }

  /** What holds if nobody says anything. */
  public String defaultValue() {
    return defaultValue;
  }

  /** One sentence for a usage text. */
  public String description() {
    return description;
  }
}
