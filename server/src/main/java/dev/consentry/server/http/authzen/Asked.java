package dev.consentry.server.http.authzen;

import dev.consentry.server.decision.CheckQuestion;

/** What an evaluation turns out to ask. */
sealed interface Asked {
  record Question(CheckQuestion question) implements Asked {}

  /** About something that cannot be ours: the answer is no. */
  record Nothing(Unknown what) implements Asked {}

  /** Why it cannot be ours. The names are part of what is answered. */
  enum Unknown {
    SUBJECT_TYPE_UNKNOWN,
    RESOURCE_TYPE_UNKNOWN,
    /** It could not be the id of an app. */
    SUBJECT_ID_UNKNOWN,
    /** It could not be the id of an account. */
    RESOURCE_ID_UNKNOWN,
    /** It could not be a scope. */
    ACTION_UNKNOWN
  }
}
