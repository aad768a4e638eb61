package dev.consentry.server.security;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks, of several, the one whose business a credential is; what is nobody's is no good. */
public final class AnyCredential implements Authentication {
  private final List<Authentication> several;

  /** What kinds are taken; of two that take the same, the first is asked. */
  public AnyCredential(List<Authentication> several) {
    this.several = List.copyOf(several);
  }

  @Override
  public boolean takes(Credential credential) {
    return several.stream().anyMatch(one -> one.takes(credential));
  }

  @Override
  public @Nullable Session known(Credential credential) {
    return whoTakes(credential).known(credential);
  }

  @Override
  public Session identify(Credential credential) {
    return whoTakes(credential).identify(credential);
  }

  private Authentication whoTakes(Credential credential) {
    for (Authentication one : several) {
      if (one.takes(credential)) {
        return one;
      }
    }
    throw new RefusedException(
        new Refusal.Unauthenticated("credentials of this kind are not taken here"));
  }

  /** Each only ever rises, so that no two changes cancel out. */
  @Override
  public long version() {
    long sum = 0;
    for (int i = 0; i < several.size(); i++) {
      sum += several.get(i).version();
    }
    return sum;
  }
}
