package dev.consentry.server.gateway;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who a request is from.
 *
 * @param tokenScopes what its token was made for; null if that does not matter
 */
public record Subject(AppId app, AccountId account, @Nullable Set<String> tokenScopes) {}
