package dev.consentry.server.store;

final class H2RetentionTest extends RetentionContract {
  @Override
  ConsentStore open() {
    return ConsentStore.openMemory();
  }
}
