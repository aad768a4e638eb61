package dev.consentry.server.security;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.InvalidValueException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Whom a client certificate names: in its subject alternative names, never in its subject. The one
 * URI counts, and has to be a SPIFFE id; where there is no URI, the one DNS name does. Names of
 * other kinds are not looked at.
 */
final class CertificateNames {
  /** Kinds of names, as {@link X509Certificate#getSubjectAlternativeNames} numbers them. */
  private static final int DNS = 2;

  private static final int URI = 6;

  /** Bits of the key usage, as {@link X509Certificate#getKeyUsage} numbers them. */
  private static final int KEY_CERT_SIGN = 5;

  private static final int CRL_SIGN = 6;

  /** What basic constraints are for a certificate that may not sign others. */
  private static final int NO_AUTHORITY = -1;

  private CertificateNames() {}

  /**
   * {@code spiffe://…} or {@code dns:NAME}.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated} if it does not name exactly one
   */
  static Actor actor(X509Certificate certificate) {
    requireLeaf(certificate);
    Collection<List<?>> names = names(certificate);
    List<String> uris = ofKind(URI, names);
    List<String> hosts = ofKind(DNS, names);
    if (uris.size() > 1) {
      throw refused("the client certificate has more than one URI name");
    }
    if (uris.isEmpty() && hosts.size() != 1) {
      throw refused(
          "the client certificate must have one URI name, or else one DNS name; it has %s"
              .formatted(hosts.isEmpty() ? "neither" : "several DNS names"));
    }
    return uris.isEmpty() ? dns(hosts.getFirst()) : spiffe(uris.getFirst());
  }

  /** The actor of a certificate with this URI. */
  static Actor actor(SpiffeId id) {
    return new Actor(id.value());
  }

  /** The actor of a certificate with this DNS name. */
  static Actor actor(DnsName name) {
    return new Actor("dns:" + name.value());
  }

  /** X509-SVID, section 5.2: what signs others names nobody. */
  private static void requireLeaf(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    boolean signs = usage != null && (usage[KEY_CERT_SIGN] || usage[CRL_SIGN]);
    if (signs || certificate.getBasicConstraints() != NO_AUTHORITY) {
      throw refused("the client certificate is an authority's");
    }
  }

  private static Collection<List<?>> names(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null ? List.of() : names;
    } catch (CertificateParsingException e) {
      throw refused("the names in the client certificate cannot be read");
    }
  }

  private static List<String> ofKind(int kind, Collection<List<?>> names) {
    var found = new ArrayList<String>();
    for (List<?> name : names) {
      if (name.get(0) instanceof Integer itsKind && itsKind == kind) {
        found.add(String.valueOf(name.get(1)));
      }
    }
    return found;
  }

  private static Actor spiffe(String uri) {
    try {
      return actor(new SpiffeId(uri));
    } catch (InvalidValueException e) {
      throw refused("the URI name in the client certificate " + e.problem());
    }
  }

  private static Actor dns(String host) {
    try {
      return actor(new DnsName(host));
    } catch (InvalidValueException e) {
      throw refused("the DNS name in the client certificate " + e.problem());
    }
  }

  private static RefusedException refused(String problem) {
    return new RefusedException(new Refusal.Unauthenticated(problem));
  }
}
