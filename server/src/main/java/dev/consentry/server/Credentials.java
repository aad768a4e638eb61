package dev.consentry.server;

import dev.consentry.server.config.Access;
import dev.consentry.server.metrics.Measure;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.security.AnyCredential;
import dev.consentry.server.security.Authentication;
import dev.consentry.server.security.JwtSettings;
import dev.consentry.server.security.Jwts;
import dev.consentry.server.security.LiveCallers;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the server shows of itself, and what it believes of others.
 *
 * @param tls null: it serves in plain text
 * @param authentication null: nobody is asked who they are
 * @param callers null if no file names any
 * @param jwts null if no issuer's tokens are taken
 */
record Credentials(
    @Nullable TlsFiles tls,
    @Nullable Authentication authentication,
    @Nullable LiveCallers callers,
    @Nullable Jwts jwts) {

  /**
   * Reads all files and keys, and keeps them up until these parts are closed.
   *
   * @throws CommandFailedException or another that its user can act on, if any of it is no good
   */
  static Credentials open(Access access, ClosingStack parts) {
    Access.Tls files = access.tls();
    TlsFiles tls =
        files == null
            ? null
            : parts.add(TlsFiles.open(files.certificate(), files.key(), files.clientAuthorities()));
    var ways = new ArrayList<Authentication>();
    LiveCallers callers = null;
    Path file = access.callers();
    if (file != null) {
      callers = parts.add(LiveCallers.start(file, InstantSource.system()));
      ways.add(callers);
    }
    Access.Jwt jwt = access.jwt();
    Jwts jwts = null;
    if (jwt != null) {
      jwts = parts.add(Jwts.open(settings(jwt), InstantSource.system()));
      ways.add(jwts);
    }
    return new Credentials(tls, ways.isEmpty() ? null : new AnyCredential(ways), callers, jwts);
  }

  private static JwtSettings settings(Access.Jwt jwt) {
    var defaults = JwtSettings.Claims.DEFAULTS;
    return new JwtSettings(
        jwt.issuer(),
        jwt.audience(),
        jwt.algorithms(),
        jwt.type(),
        new JwtSettings.Claims(
            jwt.rolesClaim(),
            jwt.accountsClaim(),
            jwt.appsClaim(),
            defaults.everyAccount(),
            defaults.everyApp()),
        keys(jwt.keys()));
  }

  private static JwtSettings.Keys keys(URI keys) {
    return "file".equals(keys.getScheme())
        ? new JwtSettings.Keys.File(Path.of(keys))
        : new JwtSettings.Keys.Url(keys);
  }

  /** What went wrong with files that changed, and when the certificate ends. */
  List<Measure> measures() {
    var measures = new ArrayList<Measure>();
    if (tls != null) {
      measures.add(problems("tls", tls::problems));
      measures.add(Measure.of(Metric.CERTIFICATE_EXPIRY, () -> tls.expires().toEpochMilli() / 1e3));
    }
    if (callers != null) {
      measures.add(problems("callers", callers::problems));
    }
    if (jwts != null) {
      measures.add(problems("jwt", jwts::problems));
    }
    return measures;
  }

  private static Measure problems(String source, DoubleSupplier count) {
    return Measure.of(Metric.CREDENTIAL_PROBLEMS, count, source).inLog(source + ".problems");
  }
}
