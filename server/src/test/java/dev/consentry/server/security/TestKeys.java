package dev.consentry.server.security;

import java.io.IOException;

/** A JWK set that a test hands over, at the pace of a URL. */
final class TestKeys implements JwksSource {
  private volatile String set;

  TestKeys(String set) {
    this.set = set;
  }

  void publish(String next) {
    set = next;
  }

  @Override
  public String read() throws IOException {
    return set;
  }

  @Override
  public Pace pace() {
    return JwksUrl.PACE;
  }

  @Override
  public String name() {
    return "test";
  }

  @Override
  public void close() {}
}
