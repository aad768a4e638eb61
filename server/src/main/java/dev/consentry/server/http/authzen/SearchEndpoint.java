package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.Revision;
import dev.consentry.server.security.Caller;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.node.ObjectNode;

/** One search a request; on other threads, because it asks the store. */
final class SearchEndpoint implements Endpoint {
  private final Search search;
  private final Searches searches;
  private final Vocabulary vocabulary;
  private final Executor virtualThreads;

  SearchEndpoint(Search search, Searches searches, Vocabulary vocabulary, Executor virtualThreads) {
    this.search = search;
    this.searches = searches;
    this.vocabulary = vocabulary;
    this.virtualThreads = virtualThreads;
  }

  @Override
  public void answer(Caller caller, byte[] body, Exchange exchange) {
    exchange.attemptOn(virtualThreads, () -> exchange.answer(answer(caller, body)));
  }

  private byte[] answer(Caller caller, byte[] body) {
    ObjectNode request = Json.object(body);
    Evaluation evaluation = search.of(Parts.of(request, search.searchedFor()));
    Paged page = Paged.of(request, search, caller.actor().principal());
    Found found =
        ScopedValue.where(CallerOf.CURRENT, caller)
            .call(() -> searches.find(search, caller.rights(), evaluation, page));
    Revision at = found.at();
    if (at != null) {
      evaluation.requirement().requireReachedBy(at);
    }
    return Json.write(json -> write(json, page, found));
  }

  private void write(JsonGenerator json, Paged page, Found found) {
    List<String> names = found.names();
    json.writeObjectPropertyStart("page");
    json.writeStringProperty("next_token", found.more() ? page.tokenAfter(last(page, names)) : "");
    json.writeNumberProperty("count", names.size());
    json.writeEndObject();
    if (found.at() != null) {
      json.writeObjectPropertyStart("context");
      json.writeStringProperty("revision", found.at().token());
      json.writeEndObject();
    }
    json.writeArrayPropertyStart("results");
    names.forEach(name -> writeResult(json, name));
    json.writeEndArray();
  }

  private static @Nullable String last(Paged page, List<String> names) {
    return names.isEmpty() ? page.after() : names.getLast();
  }

  private void writeResult(JsonGenerator json, String name) {
    json.writeStartObject();
    switch (search) {
      case SUBJECT -> writeEntity(json, vocabulary.subjectType(), name);
      case RESOURCE -> writeEntity(json, vocabulary.resourceType(), name);
      case ACTION -> json.writeStringProperty("name", name);
    }
    json.writeEndObject();
  }

  private static void writeEntity(JsonGenerator json, String type, String id) {
    json.writeStringProperty("type", type);
    json.writeStringProperty("id", id);
  }
}
