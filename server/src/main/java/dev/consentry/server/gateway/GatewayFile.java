package dev.consentry.server.gateway;

import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.yaml.WatchedFile.Seen;
import dev.consentry.server.yaml.Yaml;
import dev.consentry.server.yaml.YamlProblems;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The section {@code gateway} of the server's configuration file; {@code docs/gateways.md}. */
public final class GatewayFile {
  public static final int FILE_BYTES_MAX = 1 << 20;

  /** The section's key. */
  public static final String KEY = "gateway";

  private GatewayFile() {}

  /**
   * What is around the doors, on which it depends what they may be like.
   *
   * @param authenticated whether callers have to say who they are
   * @param clientCertificates whether they may do so by a certificate
   * @param usable throws {@link InvalidValueException} for an issuer whose tokens cannot be
   *     verified
   */
  public record Around(
      boolean authenticated, boolean clientCertificates, Consumer<TokenIssuer> usable) {
    /** Where any issuer will do. */
    public Around(boolean authenticated, boolean clientCertificates) {
      this(authenticated, clientCertificates, _ -> {});
    }
  }

  /**
   * Reads a file.
   *
   * @throws GatewayFileException with everything that is wrong
   */
  public static Gateway read(Path file, Around around) {
    return parse(file, Seen.in(file, FILE_BYTES_MAX), around);
  }

  /** The same of what was seen in it. */
  static Gateway parse(Path file, Seen seen, Around around) {
    return switch (seen) {
      case Seen.Content content -> parse(file, content.toArray(), around);
      case Seen.Unreadable(var problem) -> throw new GatewayFileException(file, List.of(problem));
    };
  }

  /**
   * Reads what is in a file.
   *
   * @param file for the message
   * @throws GatewayFileException with everything that is wrong
   */
  public static Gateway parse(Path file, byte[] content, Around around) {
    var problems = new YamlProblems(text -> text);
    Gateway read =
        document(content, problems)
            .map(yaml -> new GatewayReader(around, problems).read(yaml))
            .orElse(Gateway.NONE);
    List<String> all = problems.all();
    if (!all.isEmpty()) {
      throw new GatewayFileException(file, all);
    }
    return read;
  }

  private static Optional<Yaml> document(byte[] content, YamlProblems problems) {
    if (content.length > FILE_BYTES_MAX) {
      problems.add("has more than %,d bytes".formatted(FILE_BYTES_MAX));
      return Optional.empty();
    }
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      return Yaml.read(text);
    } catch (CharacterCodingException e) {
      problems.add("is not UTF-8");
    } catch (Yaml.UnreadableException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
    return Optional.empty();
  }
}
