package dev.consentry.cli;

import com.google.gson.Gson;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.consentry.v1.App;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads an app as its publisher wrote it down: the message {@code App} in protobuf's JSON, or the
 * same in YAML. Field names may be in {@code snake_case} or {@code lowerCamel}; a field that the
 * contract does not have is refused.
 */
final class Manifest {
  private Manifest() {}

  /**
   * Reads a file.
   *
   * @param file its path, or {@code -} for standard input
   * @throws CommandFailure if there is no app in it
   */
  static App read(String file, InputStream in) {
    String name = file.equals("-") ? "standard input" : file;
    try {
      byte[] bytes = file.equals("-") ? in.readAllBytes() : Files.readAllBytes(Path.of(file));
      return parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (NoSuchFileException e) {
      throw new CommandFailure("cannot read " + name + ": there is no such file");
    } catch (CharacterCodingException e) {
      throw new CommandFailure("cannot read " + name + ": it is not UTF-8");
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandFailure("cannot read " + name + ": " + e.getMessage());
    }
  }

  /**
   * Reads a text. JSON is read as the YAML that it is: so a key given twice, or anything after the
   * end, is refused in both.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  static App parse(String text) {
    App.Builder app = App.newBuilder();
    try {
      JsonFormat.parser().merge(new Gson().toJson(document(text)), app);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return app.build();
  }

  private static Map<?, ?> document(String text) {
    try {
      LoadSettings settings = LoadSettings.builder().setAllowNonScalarKeys(false).build();
      if (new Load(settings).loadFromString(text) instanceof Map<?, ?> map) {
        return map;
      }
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException("neither JSON nor YAML: " + e.getMessage(), e);
    }
    throw new IllegalArgumentException("an app is a map, with app_id and the like as keys");
  }
}
