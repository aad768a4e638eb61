package dev.consentry.cli;

import dev.consentry.client.ConsentryException;
import dev.consentry.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.PrintStream;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong, and what to do about it, on standard error. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private static final String MAYBE_MADE =
      "The change may have been made or not: look with `consentry grants --state all` or `consentry"
          + " events` before doing it again.";

  private static final String NOT_ALLOWED =
      "The server knows who this is, but not that they may do this: its operator says who may"
          + " what.";

  private static final Map<ErrorReason, String> ADVICE =
      Map.of(
          ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN, MAYBE_MADE,
          ErrorReason.ERROR_REASON_MANIFEST_CHANGED,
              "The app has changed since it was shown: run the command again to see what it asks for"
                  + " now.",
          ErrorReason.ERROR_REASON_GRANT_CHANGED,
              "Somebody else has changed the grant meanwhile: run the command again to see it.",
          ErrorReason.ERROR_REASON_GRANT_EXISTS, "To change what is granted, add --replace.",
          ErrorReason.ERROR_REASON_APP_HAS_GRANTS,
              "Take them back first: consentry revoke-app APP.");

  private final PrintStream err;
  private final AccessOptions access;

  Failures(Terminal terminal, AccessOptions access) {
    this.err = terminal.err();
    this.access = access;
  }

  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    say(failure.getMessage() == null ? "wrong usage" : failure.getMessage());
    UnmatchedArgumentException.printSuggestions(failure, command.getErr());
    command.getErr().flush();
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.FAILED;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, @Nullable ParseResult parsed) {
    if (failure instanceof CommandFailure) {
      say(String.valueOf(failure.getMessage()));
    } else if (failure instanceof ConsentryException refusal) {
      say(refusal);
    } else if (failure instanceof StatusRuntimeException refusal) {
      say(ConsentryException.of(refusal));
    } else {
      say("unexpected: " + failure);
    }
    return ExitCode.FAILED;
  }

  private void say(ConsentryException refusal) {
    say(message(refusal) + " (" + codes(refusal) + ")");
    refusal.violations().forEach(v -> detail(v.field(), v.description()));
    refusal.metadata().forEach(this::detail);
    refusal.retryDelay().ifPresent(d -> detail("try again in", d.toMillis() + " ms"));
    @Nullable String advice = advice(refusal);
    if (advice != null) {
      err.println(advice);
    }
  }

  private @Nullable String advice(ConsentryException refusal) {
    return switch (refusal.code()) {
      case UNAUTHENTICATED -> access.adviceOnUnauthenticated();
      case PERMISSION_DENIED -> NOT_ALLOWED;
      case DEADLINE_EXCEEDED, UNAVAILABLE ->
          refusal.reason() == ErrorReason.ERROR_REASON_UNSPECIFIED
              ? "There was no answer. If this was a change: " + MAYBE_MADE
              : ADVICE.get(refusal.reason());
      default -> ADVICE.get(refusal.reason());
    };
  }

  /** What gRPC has to say of a deadline is for its developers. */
  private static @Nullable String message(ConsentryException refusal) {
    return refusal.code() == Status.Code.DEADLINE_EXCEEDED
            && refusal.reason() == ErrorReason.ERROR_REASON_UNSPECIFIED
        ? "no answer in time"
        : refusal.getMessage();
  }

  private static String codes(ConsentryException refusal) {
    return refusal.reason() == ErrorReason.ERROR_REASON_UNSPECIFIED
        ? refusal.code().name()
        : refusal.code() + " " + Names.without("ERROR_REASON_", refusal.reason());
  }

  private void detail(String name, String value) {
    err.println("  " + Names.printable(name) + ": " + Names.printable(value));
  }

  private void say(String message) {
    String text = message.lines().map(Names::printable).collect(Collectors.joining("\n  "));
    err.println("consentry: " + text);
  }
}
