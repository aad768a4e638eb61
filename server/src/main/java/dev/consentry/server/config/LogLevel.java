package dev.consentry.server.config;

/** How much the server says of what it does. */
public enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG,
  TRACE
}
