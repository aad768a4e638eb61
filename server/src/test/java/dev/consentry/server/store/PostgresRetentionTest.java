package dev.consentry.server.store;

import dev.consentry.server.postgres.PostgresServer;

final class PostgresRetentionTest extends RetentionContract {
  @Override
  ConsentStore open() {
    return ConsentStore.openPostgres(
        new PostgresAddress(PostgresServer.shared().newDatabase(), null), true);
  }
}
