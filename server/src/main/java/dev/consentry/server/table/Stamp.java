package dev.consentry.server.table;

/**
 * When something was known to be true, on both clocks: the monotonic one stands still while a
 * virtual machine is suspended, the wall clock can be set.
 *
 * @param nanos of {@link System#nanoTime()}
 * @param micros of the wall clock, since 1970
 */
record Stamp(long nanos, long micros) {
  /** Now, whenever it is asked: the only writer there is tells this table before anybody else. */
  static final Stamp ALWAYS = new Stamp(Long.MAX_VALUE, Long.MAX_VALUE);
}
