package dev.consentry.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** The one YAML file: keys and single values, nothing nested but the section of the gateway. */
final class ConfigFile {
  /** What stands below it is read by whoever opens the doors. */
  static final String GATEWAY_KEY = "gateway";

  private ConfigFile() {}

  /**
   * What the file says, in its order; what cannot be understood is added to {@code problems}. In
   * place of the gateway's section stands the file's name.
   */
  static Map<String, String> read(Path file, List<String> problems) {
    var values = new LinkedHashMap<String, String>();
    Object document = load(file, problems);
    if (document instanceof Map<?, ?> map) {
      map.forEach((key, value) -> {
        if (GATEWAY_KEY.equals(key)) {
          values.put(GATEWAY_KEY, file.toString());
        } else if (value == null || value instanceof Map || value instanceof Iterable) {
          problems.add("`%s` in %s: must have one value".formatted(key, file));
        } else {
          values.put(String.valueOf(key), String.valueOf(value));
        }
      });
    } else if (document != null) {
      problems.add("%s: must be lines of `key: value`".formatted(file));
    }
    return values;
  }

  private static @Nullable Object load(Path file, List<String> problems) {
    try {
      var settings = LoadSettings.builder().setLabel(file.toString()).build();
      return new Load(settings).loadFromString(Files.readString(file));
    } catch (NoSuchFileException e) {
      problems.add("%s: no such file".formatted(file));
    } catch (IOException e) {
      problems.add("%s: cannot be read (%s)".formatted(file, e));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      problems.add("%s, line %d: is no YAML: %s".formatted(file, line, e.getProblem()));
    } catch (YamlEngineException e) {
      problems.add("%s: is no YAML: %s".formatted(file, e.getMessage()));
    } catch (StackOverflowError e) {
      // The parser knows no limit of its own.
      problems.add("%s: is nested too deeply".formatted(file));
    }
    return null;
  }
}
