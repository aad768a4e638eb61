package dev.consentry.server.gateway;

import dev.consentry.server.decision.Scope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a door learns which scopes a request needs. */
public sealed interface ScopeSource {
  /** The same for every request. */
  record Fixed(List<Scope> scopes) implements ScopeSource {
    public Fixed {
      scopes = List.copyOf(scopes);
    }
  }

  /**
   * The gateway says so, route by route: {@code scopes} in {@code context_extensions}.
   *
   * @param tenant where the path names the account; null if it does not
   */
  record Gateway(@Nullable PathTemplate tenant) implements ScopeSource {
    public static final String WORD = "gateway";
  }

  /** The route table. */
  record Routes() implements ScopeSource {
    public static final String WORD = "routes";
  }
}
