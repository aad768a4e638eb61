package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Violation;
import dev.consentry.server.consent.Violations;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request, or one of its evaluations, says of subject, action, resource and context; null
 * where it says nothing. Members that it does not know are passed over.
 */
record Parts(
    @Nullable Entity subject,
    @Nullable String action,
    @Nullable Entity resource,
    @Nullable Requirement requirement) {
  static final Parts NONE = new Parts(null, null, null, null);

  /** Stands for the id of what is searched for, which is passed over. */
  static final String ANY_ID = "";

  private static final String STRING = "must be given, as a string";
  private static final String GIVEN = "must be given";
  private static final String OBJECT = "must be an object";

  /** What a search looks for, and so is not named by its request. */
  enum SearchedFor {
    NOTHING,
    SUBJECT,
    RESOURCE,
    ACTION
  }

  /**
   * Reads one object.
   *
   * @throws InvalidFieldsException if a member is of the wrong type, or lacks one of its own
   */
  static Parts of(ObjectNode object, SearchedFor searchedFor) {
    var violations = new Violations();
    var parts =
        new Parts(
            entity(violations, object, "subject", searchedFor != SearchedFor.SUBJECT),
            searchedFor == SearchedFor.ACTION ? null : action(violations, object),
            entity(violations, object, "resource", searchedFor != SearchedFor.RESOURCE),
            requirement(violations, object));
    violations.throwIfAny();
    return parts;
  }

  private static @Nullable Entity entity(
      Violations violations, ObjectNode parent, String name, boolean isNamed) {
    ObjectNode entity = member(violations, parent, name, name);
    if (entity == null) {
      return null;
    }
    String type = string(violations, entity, name, "type");
    String id = isNamed ? string(violations, entity, name, "id") : ANY_ID;
    requireProperties(violations, entity, name);
    return type == null || id == null ? null : new Entity(type, id);
  }

  private static @Nullable String action(Violations violations, ObjectNode parent) {
    ObjectNode action = member(violations, parent, "action", "action");
    if (action == null) {
      return null;
    }
    requireProperties(violations, action, "action");
    return string(violations, action, "action", "name");
  }

  private static @Nullable Requirement requirement(Violations violations, ObjectNode parent) {
    ObjectNode context = optional(violations, parent, "context", "context");
    ObjectNode ours =
        context == null ? null : optional(violations, context, "context.consentry", "consentry");
    if (ours == null) {
      return context == null ? null : Requirement.NONE;
    }
    JsonNode full = ours.get("fully_consistent");
    if (full != null && !full.isBoolean()) {
      violations.add("context.consentry.fully_consistent", "must be true or false");
    }
    JsonNode revision = ours.get("revision");
    if (revision != null && !revision.isString()) {
      violations.add("context.consentry.revision", "must be a string");
    }
    return new Requirement(
        full != null && full.isBoolean() && full.booleanValue(),
        revision == null || !revision.isString()
            ? null
            : violations.check(
                "context.consentry.revision", () -> Revision.parse(revision.stringValue())));
  }

  /** An object; null, and noted, where it is something else; null where there is none. */
  private static @Nullable ObjectNode member(
      Violations violations, ObjectNode parent, String path, String name) {
    return switch (parent.get(name)) {
      case null -> null;
      case ObjectNode object -> object;
      case JsonNode _ -> {
        violations.add(path, OBJECT);
        yield null;
      }
    };
  }

  /** As {@link #member}, of one that may also be written down as null. */
  static @Nullable ObjectNode optional(
      Violations violations, ObjectNode parent, String path, String name) {
    return parent.hasNonNull(name) ? member(violations, parent, path, name) : null;
  }

  private static @Nullable String string(
      Violations violations, ObjectNode parent, String path, String name) {
    JsonNode value = parent.get(name);
    if (value == null || !value.isString()) {
      violations.add(path + "." + name, STRING);
      return null;
    }
    return value.stringValue();
  }

  /** They are not read, but have to be what they are said to be. */
  private static void requireProperties(Violations violations, ObjectNode parent, String path) {
    if (parent.hasNonNull("properties")) {
      var _ = member(violations, parent, path + ".properties", "properties");
    }
  }

  /** What this says, and where it says nothing what the other does: whole members, never halves. */
  Parts or(Parts other) {
    return new Parts(
        subject == null ? other.subject : subject,
        action == null ? other.action : action,
        resource == null ? other.resource : resource,
        requirement == null ? other.requirement : requirement);
  }

  /**
   * All of it.
   *
   * @throws InvalidFieldsException if something is missing
   */
  Evaluation evaluation() {
    if (subject == null || action == null || resource == null) {
      throw missing(action == null);
    }
    return new Evaluation(subject, action, resource, requirementOrNone());
  }

  /**
   * The same for a search for actions, whose action is empty.
   *
   * @throws InvalidFieldsException if something is missing
   */
  Evaluation withoutAction() {
    if (subject == null || resource == null) {
      throw missing(false);
    }
    return new Evaluation(subject, "", resource, requirementOrNone());
  }

  private Requirement requirementOrNone() {
    return requirement == null ? Requirement.NONE : requirement;
  }

  private InvalidFieldsException missing(boolean actionToo) {
    var missing = new ArrayList<Violation>();
    if (subject == null) {
      missing.add(new Violation("subject", GIVEN));
    }
    if (actionToo) {
      missing.add(new Violation("action", GIVEN));
    }
    if (resource == null) {
      missing.add(new Violation("resource", GIVEN));
    }
    return new InvalidFieldsException(missing);
  }
}
