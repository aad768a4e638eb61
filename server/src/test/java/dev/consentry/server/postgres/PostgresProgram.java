package dev.consentry.server.postgres;

/**
 * A PostgreSQL for programs that measure: prints the URL of an empty database, and is there until
 * this process is ended. Arguments are ignored.
 */
final class PostgresProgram {
  private PostgresProgram() {}

  public static void main(String[] arguments) throws Exception {
    var server = PostgresServer.shared();
    System.out.println(server.newDatabase());
    while (System.in.read() >= 0) {
      Thread.onSpinWait();
    }
  }
}
