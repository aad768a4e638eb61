package dev.consentry.server.security;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.yaml.WatchedFile.Seen;
import java.nio.file.Path;
import java.util.List;

/**
 * Who may call with a client certificate or a preshared token, and what they may do: one YAML file,
 * described in {@code docs/security.md}. It holds no secret.
 */
public record CallersFile(List<Listed> callers) {
  public static final int FILE_BYTES_MAX = 1 << 20;
  static final int CALLERS_MAX = 1_000;

  /** Two, so that a new token can be handed out before the old one ends. */
  static final int TOKENS_PER_CALLER_MAX = 2;

  static final int ROLES_PER_CALLER_MAX = 16;

  /** Accounts, or apps, that a role is bound to. */
  static final int IDS_PER_ROLE_MAX = 1_000;

  public CallersFile {
    callers = List.copyOf(callers);
  }

  /**
   * One caller.
   *
   * @param tokens none if it shows a certificate
   */
  public record Listed(Actor actor, List<Binding> roles, List<TokenHash> tokens) {
    public Listed {
      roles = List.copyOf(roles);
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * Reads a file.
   *
   * @throws CallersFileException with everything that is wrong
   */
  public static CallersFile read(Path file) {
    return parse(file, Seen.in(file, FILE_BYTES_MAX));
  }

  /** The same of what was seen in it. */
  static CallersFile parse(Path file, Seen seen) {
    return switch (seen) {
      case Seen.Content content -> parse(file, content.toArray());
      case Seen.Unreadable(var problem) -> throw new CallersFileException(file, List.of(problem));
    };
  }

  /**
   * Reads what is in a file.
   *
   * @param file for the message
   * @throws CallersFileException with everything that is wrong
   */
  static CallersFile parse(Path file, byte[] content) {
    var reader = new CallersReader();
    CallersFile read = reader.read(content);
    if (!reader.problems().isEmpty()) {
      throw new CallersFileException(file, reader.problems());
    }
    return read;
  }
}
