package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.ConsentReads.AllowedFilter;
import dev.consentry.server.consent.ConsentReads.AppAndGrant;
import dev.consentry.server.consent.ConsentReads.Page;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.security.Extent;
import dev.consentry.server.security.Rights;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds what an evaluation would allow now, in what the caller may read. Blocks: the store answers,
 * so that it sees every change that was acknowledged before.
 */
final class Searches {
  private final ConsentReads reads;
  private final Vocabulary vocabulary;

  Searches(ConsentReads reads, Vocabulary vocabulary) {
    this.reads = reads;
    this.vocabulary = vocabulary;
  }

  /**
   * A page of it.
   *
   * @throws RefusedException {@link Refusal.NotAllowed} if the caller may read nothing there,
   *     whether or not there is something
   */
  Found find(Search search, Rights rights, Evaluation evaluation, Paged page) {
    if (vocabulary.unknownType(evaluation) != null) {
      requireRight(rights.mayViewSomething());
      return Found.NOTHING;
    }
    return switch (search) {
      case SUBJECT -> apps(rights, evaluation, page);
      case RESOURCE -> accounts(rights, evaluation, page);
      case ACTION -> scopes(rights, evaluation, page);
    };
  }

  private Found apps(Rights rights, Evaluation evaluation, Paged page) {
    Extent extent = rights.viewableApps(evaluation.resource().id());
    requireRight(!isEmpty(extent));
    AccountId account = Vocabulary.account(evaluation);
    Scope scope = Vocabulary.scope(evaluation);
    if (account == null || scope == null) {
      return Found.NOTHING;
    }
    return keys(
        new AllowedFilter(Set.of(account), ids(extent, AppId::new), scope),
        page,
        app -> new GrantKey(account, new AppId(app)),
        key -> key.app().value());
  }

  private Found accounts(Rights rights, Evaluation evaluation, Paged page) {
    Extent extent = rights.viewableAccounts(evaluation.subject().id());
    requireRight(!isEmpty(extent));
    AppId app = Vocabulary.app(evaluation);
    Scope scope = Vocabulary.scope(evaluation);
    if (app == null || scope == null) {
      return Found.NOTHING;
    }
    return keys(
        new AllowedFilter(ids(extent, AccountId::new), Set.of(app), scope),
        page,
        account -> new GrantKey(new AccountId(account), app),
        key -> key.account().value());
  }

  private Found keys(
      AllowedFilter filter,
      Paged page,
      Function<String, GrantKey> after,
      Function<GrantKey, String> name) {
    GrantKey last = after(page, after);
    if (page.limit() == 0) {
      return nothingYet();
    }
    At<Page<GrantKey>> read = reads.allowed(filter, page.limit(), last);
    List<String> names = read.value().rows().stream().map(name).toList();
    return new Found(names, read.value().more(), read.revision());
  }

  private Found scopes(Rights rights, Evaluation evaluation, Paged page) {
    requireRight(rights.mayView(evaluation.resource().id(), evaluation.subject().id()));
    AccountId account = Vocabulary.account(evaluation);
    AppId app = Vocabulary.app(evaluation);
    if (account == null || app == null) {
      return Found.NOTHING;
    }
    Scope last = after(page, Scope::new);
    if (page.limit() == 0) {
      return nothingYet();
    }
    At<AppAndGrant> read = reads.appAndGrant(new GrantKey(account, app));
    List<String> all =
        granted(read.value()).stream()
            .filter(scope -> last == null || scope.compareTo(last) > 0)
            .map(Scope::value)
            .toList();
    boolean more = all.size() > page.limit();
    return new Found(more ? all.subList(0, page.limit()) : all, more, read.revision());
  }

  /** What the decision itself would allow. */
  private static List<Scope> granted(AppAndGrant read) {
    if (read.app() == null || read.grant() == null) {
      return List.of();
    }
    var standing = new Standing(read.app().suspended(), read.grant().terms());
    long nowMicros = ChronoUnit.MICROS.between(Instant.EPOCH, read.now());
    return Decision.refusal(standing, nowMicros) == null
        ? read.grant().scopes().asList()
        : List.of();
  }

  /** A page without any results says nothing of how many there are. */
  private static Found nothingYet() {
    return new Found(List.of(), true, null);
  }

  /** What the token of a page names; null for the first page. */
  private static <K> @Nullable K after(Paged page, Function<String, K> key) {
    try {
      return page.after() == null ? null : key.apply(page.after());
    } catch (InvalidValueException e) {
      throw Paged.notOurs();
    }
  }

  /** Null for all. What could be no id is that of no grant. */
  private static <I> @Nullable Set<I> ids(Extent extent, Function<String, I> id) {
    Set<String> listed = extent.ids();
    return listed == null
        ? null
        : listed.stream()
            .flatMap(text -> {
              I valid = Vocabulary.valid(id, text);
              return valid == null ? Stream.<I>empty() : Stream.of(valid);
            })
            .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isEmpty(Extent extent) {
    Set<String> listed = extent.ids();
    return listed != null && listed.isEmpty();
  }

  private static void requireRight(boolean has) {
    if (!has) {
      throw new RefusedException(new Refusal.NotAllowed());
    }
  }
}
