package dev.consentry.server.http.authzen;

import dev.consentry.server.http.authzen.Parts.SearchedFor;

/** What can be searched for. */
enum Search {
  /** The apps that have a scope on an account. */
  SUBJECT(SearchedFor.SUBJECT),
  /** The accounts on which an app has a scope. */
  RESOURCE(SearchedFor.RESOURCE),
  /** The scopes that an app has on an account. */
  ACTION(SearchedFor.ACTION);

  private final SearchedFor searchedFor;

  Search(SearchedFor searchedFor) {
    this.searchedFor = searchedFor;
  }

  SearchedFor searchedFor() {
    return searchedFor;
  }

  /** The member of a request that stands for it. */
  String entity() {
    return switch (this) {
      case SUBJECT -> "subject";
      case RESOURCE -> "resource";
      case ACTION -> "action";
    };
  }

  /** The request, its searched-for id or name left empty. */
  Evaluation of(Parts parts) {
    return this == ACTION ? parts.withoutAction() : parts.evaluation();
  }
}
