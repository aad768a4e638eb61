package dev.consentry.server.security;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A caller with one token and one role, as it is written in a file of callers.
 *
 * @param sha256 of its token, in hex
 * @param accounts none for all
 * @param apps none for all
 */
public record CallerEntry(
    CallerId id, String sha256, Role role, List<AccountId> accounts, List<AppId> apps) {
  /** What no reader of YAML takes for anything but these letters. */
  private static final Pattern PLAIN = Pattern.compile("[a-z][a-z0-9-]*[a-z0-9]");

  /** Words that some take for a truth value or for nothing. */
  private static final Pattern NO_WORD = Pattern.compile("true|false|null|yes|no|on|off");

  /** An operator is bound to nothing. */
  public CallerEntry {
    if (role == Role.OPERATOR && !(accounts.isEmpty() && apps.isEmpty())) {
      throw new IllegalArgumentException("an operator's word counts for all accounts and apps");
    }
    accounts = List.copyOf(accounts);
    apps = List.copyOf(apps);
  }

  /** An item of the list of callers: lines that begin with {@code - }. */
  public String yaml() {
    return """
    - id: %s
      tokens:
        - sha256: %s
      roles:
        - role: %s
    %s%s\
    """
        .formatted(
            quoted(id.value()),
            quoted(sha256),
            role.text(),
            line("accounts", accounts.stream().map(AccountId::value).toList()),
            line("apps", apps.stream().map(AppId::value).toList()));
  }

  private static String line(String key, List<String> ids) {
    return ids.isEmpty()
        ? ""
        : ids.stream()
            .map(CallerEntry::quoted)
            .collect(Collectors.joining(", ", "      %s: [".formatted(key), "]\n"));
  }

  private static String quoted(String text) {
    return PLAIN.matcher(text).matches() && !NO_WORD.matcher(text).matches()
        ? text
        : "'" + text.replace("'", "''") + "'";
  }
}
