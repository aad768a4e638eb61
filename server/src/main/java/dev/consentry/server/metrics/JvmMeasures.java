package dev.consentry.server.metrics;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.lang.management.OperatingSystemMXBean;
import java.lang.management.RuntimeMXBean;
import java.util.ArrayList;
import java.util.List;

/** The JVM's own figures. */
/*
 * Not Micrometer's binders: they take 55 ms of a start, listen to every collection, tell of each pool of memory by
 * itself, and of CPU time in nanoseconds.
 */
public final class JvmMeasures {
  private static final double MILLIS_PER_SECOND = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;

  private JvmMeasures() {}

  /** As many as this JVM and system can tell. To make them asks for JMX, which is slow once. */
  public static List<Measure> all() {
    var measures = new ArrayList<Measure>();
    RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
    measures.add(Measure.of(Metric.START_TIME, () -> runtime.getStartTime() / MILLIS_PER_SECOND));
    measures.add(Measure.of(Metric.UPTIME, () -> runtime.getUptime() / MILLIS_PER_SECOND));
    var threads = ManagementFactory.getThreadMXBean();
    measures.add(Measure.of(Metric.THREADS, threads::getThreadCount));
    var memory = ManagementFactory.getMemoryMXBean();
    measures.add(Measure.of(Metric.MEMORY_USED, () -> used(memory.getHeapMemoryUsage()), "heap"));
    measures.add(
        Measure.of(Metric.MEMORY_USED, () -> used(memory.getNonHeapMemoryUsage()), "nonheap"));
    measures.add(Measure.of(Metric.MEMORY_MAX, () -> memory.getHeapMemoryUsage().getMax(), "heap"));
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      measures.add(Measure.of(Metric.COLLECTIONS, gc::getCollectionCount, gc.getName()));
      measures.add(
          Measure.of(
              Metric.COLLECTION_TIME,
              () -> gc.getCollectionTime() / MILLIS_PER_SECOND,
              gc.getName()));
    }
    addOfSystem(ManagementFactory.getOperatingSystemMXBean(), measures);
    return measures;
  }

  private static double used(MemoryUsage memory) {
    return memory.getUsed();
  }

  private static void addOfSystem(OperatingSystemMXBean system, List<Measure> measures) {
    if (system instanceof com.sun.management.OperatingSystemMXBean process) {
      measures.add(Measure.of(Metric.CPU, () -> process.getProcessCpuTime() / NANOS_PER_SECOND));
    }
    if (system instanceof com.sun.management.UnixOperatingSystemMXBean files) {
      measures.add(Measure.of(Metric.FILES_OPEN, files::getOpenFileDescriptorCount));
      measures.add(Measure.of(Metric.FILES_MAX, files::getMaxFileDescriptorCount));
    }
  }
}
