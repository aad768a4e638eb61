package dev.consentry.server.yaml;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What a YAML text says, with its lines. Every value is the text that stands there: the hex digits
 * {@code 12e4…} are no number here. Aliases, tags and deep nesting are not read, so that what is
 * read is never larger than what is written.
 */
public sealed interface Yaml {
  /** As deep as a file of callers ever is, and some more, so that what is wrong can be named. */
  int DEPTH_MAX = 16;

  /** Where it begins, from 1. */
  int line();

  record Text(int line, String value) implements Yaml {}

  record Sequence(int line, List<Yaml> items) implements Yaml {}

  /** Keys may come twice. */
  record Mapping(int line, List<Field> fields) implements Yaml {}

  record Field(Text key, Yaml value) {}

  /** The text is not what can be read here. */
  final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    private UnreadableException(int line, String problem, @Nullable Exception cause) {
      super(line == 0 ? problem : "line %d: %s".formatted(line, problem), cause);
    }

    private UnreadableException(Event at, String problem) {
      this(Reading.line(at), problem, null);
    }
  }

  /** The one document in a text; empty if there is nothing but comments. */
  static Optional<Yaml> read(String text) throws UnreadableException {
    try {
      return new Reading(text).document();
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      throw new UnreadableException(line, "is no YAML: " + e.getProblem(), e);
    } catch (YamlEngineException e) {
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new UnreadableException(0, "is no YAML: " + message, e);
    }
  }

  /** Goes through the events of a text once. */
  final class Reading {
    private final Iterator<Event> events;

    private Reading(String text) {
      events = new Parse(LoadSettings.builder().build()).parseString(text).iterator();
    }

    private static int line(Event event) {
      return event.getStartMark().map(Mark::getLine).orElse(-1) + 1;
    }

    private Optional<Yaml> document() throws UnreadableException {
      Yaml document = null;
      while (events.hasNext()) {
        Event event = events.next();
        switch (event.getEventId()) {
          case StreamStart, StreamEnd, DocumentEnd, Comment -> {}
          case DocumentStart -> {
            if (document != null) {
              throw new UnreadableException(event, "must be one document");
            }
            document = node(events.next(), 1);
          }
          case Alias, Scalar, SequenceStart, SequenceEnd, MappingStart, MappingEnd ->
              throw new IllegalStateException("no document around " + event);
        }
      }
      return Optional.ofNullable(document);
    }

    private Yaml node(Event event, int depth) throws UnreadableException {
      if (depth > DEPTH_MAX) {
        throw new UnreadableException(event, "nested deeper than %d".formatted(DEPTH_MAX));
      }
      return switch (event) {
        case ScalarEvent scalar -> {
          requireNoTag(event, scalar.getTag());
          yield new Text(line(event), scalar.getValue());
        }
        case SequenceStartEvent sequence -> {
          requireNoTag(event, sequence.getTag());
          yield new Sequence(line(event), items(depth));
        }
        case MappingStartEvent mapping -> {
          requireNoTag(event, mapping.getTag());
          yield new Mapping(line(event), fields(depth));
        }
        default -> throw new UnreadableException(event, "aliases (`*name`) are not read here");
      };
    }

    private List<Yaml> items(int depth) throws UnreadableException {
      var items = new ArrayList<Yaml>();
      for (Event next = events.next();
          next.getEventId() != Event.ID.SequenceEnd;
          next = events.next()) {
        items.add(node(next, depth + 1));
      }
      return items;
    }

    private List<Field> fields(int depth) throws UnreadableException {
      var fields = new ArrayList<Field>();
      for (Event next = events.next();
          next.getEventId() != Event.ID.MappingEnd;
          next = events.next()) {
        if (!(node(next, depth + 1) instanceof Text key)) {
          throw new UnreadableException(next, "a key must be a word");
        }
        fields.add(new Field(key, node(events.next(), depth + 1)));
      }
      return fields;
    }

    private static void requireNoTag(Event event, Optional<String> tag) throws UnreadableException {
      if (tag.isPresent()) {
        throw new UnreadableException(event, "tags (`!name`) are not read here");
      }
    }
  }
}
