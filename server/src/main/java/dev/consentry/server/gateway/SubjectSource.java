package dev.consentry.server.gateway;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.InvalidValueException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a door learns from whom a request is. There is one a door, and no second try. */
public sealed interface SubjectSource {
  /** How this is called in the configuration. */
  String word();

  /** The bearer token in {@code authorization} (RFC 6750 §2.1), verified here. */
  record Token(List<TokenIssuer> issuers, ClaimNames claims) implements SubjectSource {
    public static final String WORD = "token";
    private static final String SCHEME = "Bearer ";

    public Token {
      issuers = List.copyOf(issuers);
    }

    @Override
    public String word() {
      return WORD;
    }

    /**
     * The token that comes with a request.
     *
     * @throws NotLetThroughException {@link Reason#NO_TOKEN} if there is none
     */
    public static String tokenOf(AppRequest request) throws NotLetThroughException {
      String value = request.one("authorization");
      if (value == null) {
        throw new NotLetThroughException(Reason.NO_TOKEN, "there is no `authorization`");
      }
      // Compared without regard to case (RFC 9110 §11.1).
      if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
        throw new NotLetThroughException(
            Reason.NO_TOKEN, "`authorization` must be `Bearer` and a token");
      }
      return value.substring(SCHEME.length());
    }
  }

  /**
   * What Envoy's filter {@code jwt_authn} has verified, in dynamic metadata. Issuer, audience and
   * time are looked at again.
   *
   * @param payload the filter's {@code payload_in_metadata}
   */
  record EnvoyJwt(String payload, Set<String> issuers, Set<String> audiences, ClaimNames claims)
      implements SubjectSource {
    public static final String WORD = "envoy-jwt";

    /** By so much the clocks may differ. */
    public static final int SKEW_SECONDS = 10;

    public EnvoyJwt {
      issuers = Set.copyOf(issuers);
      audiences = Set.copyOf(audiences);
    }

    @Override
    public String word() {
      return WORD;
    }

    /**
     * Who that is.
     *
     * @param verified null if there is none
     * @throws NotLetThroughException {@link Reason#NO_TOKEN} or {@link Reason#INVALID_TOKEN}
     */
    public Subject subject(@Nullable Map<String, ?> verified, long nowSeconds)
        throws NotLetThroughException {
      if (verified == null) {
        throw new NotLetThroughException(
            Reason.NO_TOKEN, "Envoy's jwt_authn has verified no token of this request");
      }
      if (!(verified.get("iss") instanceof String issuer) || !issuers.contains(issuer)) {
        throw invalid("the token is of another issuer");
      }
      if (!isForUs(verified.get("aud"))) {
        throw invalid("the token is for another audience");
      }
      if (!(verified.get("exp") instanceof Number end)
          || !(end.doubleValue() + SKEW_SECONDS > nowSeconds)) {
        throw invalid("the token has expired, or has no `exp`");
      }
      return claims.subject(verified);
    }

    private boolean isForUs(@Nullable Object claim) {
      return switch (claim) {
        case String one -> audiences.contains(one);
        case List<?> list -> list.stream().anyMatch(one -> one != null && audiences.contains(one));
        case null, default -> false;
      };
    }

    private static NotLetThroughException invalid(String detail) {
      return new NotLetThroughException(Reason.INVALID_TOKEN, detail);
    }
  }

  /** The SPIFFE id of the app's own certificate, as Envoy says it: {@code source.principal}. */
  record Peer(PrincipalTemplate template) implements SubjectSource {
    public static final String WORD = "peer";

    @Override
    public String word() {
      return WORD;
    }
  }

  /** What Envoy's configuration says: {@code app} and {@code account} of a route. */
  record Fixed() implements SubjectSource {
    public static final String WORD = "fixed";

    @Override
    public String word() {
      return WORD;
    }

    /**
     * Who that is.
     *
     * @throws NotLetThroughException {@link Reason#BAD_DOOR_CONFIGURATION}
     */
    static Subject subject(Map<String, String> said) throws NotLetThroughException {
      String app = said.get("app");
      String account = said.get("account");
      if (app == null || account == null) {
        throw new NotLetThroughException(
            Reason.BAD_DOOR_CONFIGURATION, "context_extensions must have `app` and `account`");
      }
      return ids(app, account, Reason.BAD_DOOR_CONFIGURATION);
    }
  }

  /** Two headers that the gateway sets, and takes away if a client does. */
  record Headers(String app, String account) implements SubjectSource {
    public static final String WORD = "headers";

    @Override
    public String word() {
      return WORD;
    }

    Subject subject(AppRequest request) throws NotLetThroughException {
      String appId = request.one(app);
      String accountId = request.one(account);
      if (appId == null || accountId == null) {
        throw new NotLetThroughException(
            Reason.SUBJECT_NOT_FOUND, "the gateway must set `%s` and `%s`".formatted(app, account));
      }
      return ids(appId, accountId, Reason.SUBJECT_NOT_FOUND);
    }
  }

  private static Subject ids(String app, String account, Reason otherwise)
      throws NotLetThroughException {
    try {
      return new Subject(new AppId(app), new AccountId(account), null);
    } catch (InvalidValueException e) {
      throw new NotLetThroughException(otherwise, "no id of an app or account: " + e.problem());
    }
  }
}
