package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Violation;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and writes JSON. What it reads means one thing only: UTF-8, no key twice in an object,
 * nothing after the end (RFC 7493).
 */
final class Json {
  /** Objects and arrays, one in the other. */
  static final int DEPTH_MAX = 32;

  private static final int ANSWER_BYTES_USUAL = 256;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final ObjectWriter SORTED =
      MAPPER.writer().with(JsonNodeFeature.WRITE_PROPERTIES_SORTED);

  private Json() {}

  /**
   * The one object of a body.
   *
   * @throws InvalidFieldsException if it is none
   */
  static ObjectNode object(byte[] body) {
    try {
      JsonNode tree = MAPPER.readTree(text(body));
      if (tree instanceof ObjectNode object) {
        return object;
      }
    } catch (CharacterCodingException | JacksonException e) {
      // What is wrong may quote what came: no word of it goes back.
    }
    throw new InvalidFieldsException(
        List.of(
            new Violation(
                "body",
                "must be one JSON object in UTF-8, no key twice, at most %d levels deep"
                    .formatted(DEPTH_MAX))));
  }

  private static String text(byte[] body) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
  }

  /** An object with nothing in it. */
  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** The same text for all that differs only in the order of its keys. */
  static String canonical(JsonNode tree) {
    return SORTED.writeValueAsString(tree);
  }

  /** One object, whose members this writes. */
  static byte[] write(Consumer<JsonGenerator> members) {
    var bytes = new ByteArrayOutputStream(ANSWER_BYTES_USUAL);
    try (JsonGenerator json = MAPPER.createGenerator(bytes)) {
      json.writeStartObject();
      members.accept(json);
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }
}
