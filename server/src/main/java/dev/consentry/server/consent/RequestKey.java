package dev.consentry.server.consent;

import java.util.UUID;

/**
 * Under what a write is remembered, so that sending it again does it once.
 *
 * @param rpc the method's name in the contract
 */
public record RequestKey(Actor actor, String rpc, UUID requestId) {}
