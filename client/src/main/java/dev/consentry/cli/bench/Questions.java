package dev.consentry.cli.bench;

import java.util.List;

/**
 * Every question of a load, by its number: the same settings and number give the same question, on
 * whatever thread. Safe for any number of threads.
 *
 * @param <T> the message that a question travels in
 */
interface Questions<T> {
  /** The message of a question. */
  T at(long number);

  /** Makes the message. */
  interface Form<T> {
    T of(String account, String app, List<String> scopes);
  }

  /**
   * The questions that settings name.
   *
   * @param run tells this load from any other: never-seen accounts have it in their names
   */
  static <T> Questions<T> of(Asked asked, String run, Form<T> form) {
    if (asked instanceof Asked.Drawn drawn) {
      return new DrawnQuestions<>(drawn, run, form);
    }
    Asked.Fixed fixed = (Asked.Fixed) asked;
    T message = form.of(fixed.account(), fixed.app(), fixed.scopes());
    return number -> message;
  }
}
