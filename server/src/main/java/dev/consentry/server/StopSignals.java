package dev.consentry.server;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * SIGTERM, SIGINT and SIGHUP: the first one asks for an orderly stop, a second one ends the process
 * at once.
 */
final class StopSignals {
  private static final String[] NAMES = {"TERM", "INT", "HUP"};

  /** What a shell says of a process that SIGINT ended. */
  private static final int INTERRUPTED = 130;

  private StopSignals() {}

  /*
   * Java's only other way is a shutdown hook, which can neither end with exit code 0 nor see a second signal.
   * By reflection, because javac warns of every use of this class, and no annotation stops it.
   */
  static void onFirst(Runnable stop) {
    var told = new AtomicBoolean();
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              StopSignals.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                if (told.getAndSet(true)) {
                  Runtime.getRuntime().halt(INTERRUPTED);
                }
                stop.run();
                return null;
              });
      for (String name : NAMES) {
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java does not let signals be handled", e);
    }
  }
}
