package dev.consentry.cli;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/** Ctrl-C while this is open: the first one is a request, a second one ends the process at once. */
final class InterruptSignal implements AutoCloseable {
  /** What a shell says of a process that SIGINT ended. */
  private static final int INTERRUPTED = 130;

  private final Method handle;
  private final Object signal;
  private final Object before;

  private InterruptSignal(Method handle, Object signal, Object before) {
    this.handle = handle;
    this.signal = signal;
    this.before = before;
  }

  // By reflection, because javac warns of every use of this class, and no annotation stops it.
  static InterruptSignal onFirst(Runnable request) {
    AtomicBoolean told = new AtomicBoolean();
    try {
      Class<?> signals = Class.forName("sun.misc.Signal");
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              InterruptSignal.class.getClassLoader(),
              new Class<?>[] {handlers},
              (proxy, method, arguments) -> {
                if (told.getAndSet(true)) {
                  Runtime.getRuntime().halt(INTERRUPTED);
                }
                request.run();
                return null;
              });
      Method handle = signals.getMethod("handle", signals, handlers);
      Object signal = signals.getConstructor(String.class).newInstance("INT");
      return new InterruptSignal(handle, signal, handle.invoke(null, signal, ours));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java does not let signals be handled", e);
    }
  }

  @Override
  public void close() {
    try {
      handle.invoke(null, signal, before);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java does not let signals be handled", e);
    }
  }
}
