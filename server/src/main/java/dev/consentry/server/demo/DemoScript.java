package dev.consentry.server.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A part of {@code world.yaml}. What is not there, or is not what is asked for, is a bug. */
record DemoScript(Object value) {
  private static final String FILE = "world.yaml";

  static DemoScript read() {
    try (var file =
        Objects.requireNonNull(DemoScript.class.getResourceAsStream(FILE), "no " + FILE)) {
      return new DemoScript(new Load(LoadSettings.builder().build()).loadFromInputStream(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(String name) {
    return map().containsKey(name);
  }

  DemoScript at(String name) {
    Object part = map().get(name);
    if (part == null) {
      throw new IllegalStateException("no `%s` in %s".formatted(name, value));
    }
    return new DemoScript(part);
  }

  List<String> names() {
    return map().keySet().stream().map(String::valueOf).toList();
  }

  List<DemoScript> list() {
    return ((List<?>) value).stream().map(DemoScript::new).toList();
  }

  String text() {
    return (String) value;
  }

  int integer() {
    return (Integer) value;
  }

  private Map<?, ?> map() {
    return (Map<?, ?>) value;
  }
}
