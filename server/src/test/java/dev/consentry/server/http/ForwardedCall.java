package dev.consentry.server.http;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A call like another. */
class ForwardedCall implements HttpCall {
  private final HttpCall of;

  ForwardedCall(HttpCall of) {
    this.of = of;
  }

  @Override
  public String method() {
    return of.method();
  }

  @Override
  public String path() {
    return of.path();
  }

  @Override
  public @Nullable String query() {
    return of.query();
  }

  @Override
  public List<String> headers(String name) {
    return of.headers(name);
  }

  @Override
  public List<String> headerNames() {
    return of.headerNames();
  }

  @Override
  public @Nullable X509Certificate certificate() {
    return of.certificate();
  }

  @Override
  public void readBody(int bytesMax, Consumer<byte[]> then) {
    of.readBody(bytesMax, then);
  }

  @Override
  public void always(HttpHeader header) {
    of.always(header);
  }

  @Override
  public void answer(int status, List<HttpHeader> headers, byte[] body) {
    of.answer(status, headers, body);
  }
}
