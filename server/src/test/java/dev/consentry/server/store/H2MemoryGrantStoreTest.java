package dev.consentry.server.store;

final class H2MemoryGrantStoreTest extends GrantStoreContract {
  @Override
  ConsentStore open() {
    return ConsentStore.openMemory();
  }
}
