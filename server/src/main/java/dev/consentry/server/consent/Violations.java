package dev.consentry.server.consent;

import dev.consentry.server.decision.InvalidValueException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects everything that is wrong with a request, so that it can be said at once. Not for use by
 * several threads.
 */
public final class Violations {
  private final List<Violation> found = new ArrayList<>();

  public void add(String field, String description) {
    found.add(new Violation(field, description));
  }

  /** Takes over what a part found, each field prefixed with the part's own path. */
  public void addAll(String prefix, List<Violation> violations) {
    violations.forEach(v -> add(prefix + v.field(), v.description()));
  }

  /** The value, or null after noting what is wrong with it under {@code field}. */
  public <T> @Nullable T check(String field, Supplier<T> value) {
    try {
      return value.get();
    } catch (InvalidFieldsException e) {
      addAll(field + ".", e.violations());
    } catch (InvalidValueException e) {
      add(field, e.problem());
    }
    return null;
  }

  public boolean isEmpty() {
    return found.isEmpty();
  }

  /**
   * Ends the collecting.
   *
   * @throws InvalidFieldsException if anything was found
   */
  public void throwIfAny() {
    if (!found.isEmpty()) {
      throw new InvalidFieldsException(List.copyOf(found));
    }
  }
}
