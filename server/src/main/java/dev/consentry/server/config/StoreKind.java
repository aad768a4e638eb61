package dev.consentry.server.config;

/** Where grants are kept. */
public enum StoreKind {
  /** An embedded database in the data directory. */
  FILE,
  /** An embedded database that ends with the process. */
  MEMORY
}
