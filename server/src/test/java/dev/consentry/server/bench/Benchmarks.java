package dev.consentry.server.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.openjdk.jmh.generators.bytecode.JmhBytecodeGenerator;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the JMH benchmarks of the test tree with its memory profiler, under the flags of this
 * process; for each it prints a line of JSON.
 *
 * <p>JMH needs classes made from the benchmarks. The build does not make them, so that no
 * annotation processor joins it: they are made here, of the compiled benchmarks.
 *
 * <p>Arguments: the folder of the compiled benchmarks; an empty folder of the class path, for what
 * is made; a pattern that names benchmarks. Whatever follows is ignored, because the launcher adds
 * its own main class.
 */
final class Benchmarks {
  private static final int FORKS = 2;
  private static final int WARM_UPS = 3;
  private static final int ITERATIONS = 5;
  private static final TimeValue ITERATION_TIME = TimeValue.milliseconds(500);
  private static final String BYTES_PER_OPERATION = "gc.alloc.rate.norm";

  private Benchmarks() {}

  public static void main(String[] arguments) throws Exception {
    make(Path.of(arguments[0]), Path.of(arguments[1]));
    var options =
        new OptionsBuilder()
            .include(arguments[2])
            .forks(FORKS)
            .warmupIterations(WARM_UPS)
            .warmupTime(ITERATION_TIME)
            .measurementIterations(ITERATIONS)
            .measurementTime(ITERATION_TIME)
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT)
            .build();
    run(new Runner(options));
  }

  private static void run(Runner runner) throws RunnerException {
    for (RunResult result : runner.run()) {
      Result<?> time = result.getPrimaryResult();
      double bytes = result.getSecondaryResults().get(BYTES_PER_OPERATION).getScore();
      String name = result.getParams().getBenchmark();
      System.out.printf(
          "{\"benchmark\": \"%s\", \"ns\": %.2f, \"least\": %.2f, \"most\": %.2f, \"bytes\": %.1f}%n",
          name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1),
          time.getStatistics().getPercentile(50),
          time.getStatistics().getMin(),
          time.getStatistics().getMax(),
          bytes);
    }
  }

  private static void make(Path benchmarks, Path made) throws Exception {
    JmhBytecodeGenerator.main(
        new String[] {benchmarks.toString(), made.toString(), made.toString(), "default"});
    List<String> sources = sources(made);
    var arguments = new ArrayList<>(List.of("-proc:none", "-nowarn", "-d", made.toString()));
    arguments.addAll(sources);
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, System.err, System.err, arguments.toArray(String[]::new));
    if (code != 0) {
      throw new IllegalStateException("what JMH made does not compile");
    }
  }

  private static List<String> sources(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.map(Path::toString).filter(name -> name.endsWith(".java")).toList();
    }
  }
}
