package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows hold, and each was seen to fail on a planted breach. */
final class ArchitectureTest {
  private static final JavaClasses PRODUCTION =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.consentry.server");

  /** Rule by rule, a type that breaks it: package, then its one field's type. */
  private static final Map<String, List<Breach>> BREACHES =
      Map.ofEntries(
          breaches(
              "decision knows none of the server's packages",
              new Breach("decision", "dev.consentry.server.consent.Revision"),
              new Breach("decision.deeper", "dev.consentry.server.consent.Revision")),
          breaches(
              "consent knows [decision] of the server's packages",
              new Breach("consent", "dev.consentry.server.table.Answer")),
          breaches(
              "table knows [consent, decision] of the server's packages",
              new Breach("table", "dev.consentry.server.store.Fixture"),
              new Breach("table", "dev.consentry.server.Fixture")),
          breaches(
              "store knows [consent, decision] of the server's packages",
              new Breach("store", "dev.consentry.server.table.Answer")),
          breaches(
              "security knows [yaml, consent, decision] of the server's packages",
              new Breach("security", "dev.consentry.server.table.Answer")),
          breaches(
              "yaml knows [decision] of the server's packages",
              new Breach("yaml", "dev.consentry.server.consent.Revision")),
          breaches(
              "metrics knows [decision] of the server's packages",
              new Breach("metrics", "dev.consentry.server.table.Answer")),
          breaches(
              "gateway knows [yaml, decision] of the server's packages",
              new Breach("gateway", "dev.consentry.server.table.Answer"),
              new Breach("gateway", "dev.consentry.server.security.Caller")),
          breaches(
              "http knows [door, gateway, table, security, metrics, consent, decision] of the server's"
                  + " packages",
              new Breach("http", "dev.consentry.server.store.Fixture"),
              new Breach("http", "dev.consentry.server.rpc.ConsentryServices")),
          breaches(
              "door knows [gateway, table, security, metrics, consent, decision] of the server's"
                  + " packages",
              new Breach("door", "dev.consentry.server.rpc.ConsentryServices")),
          breaches(
              "only rpc imports what Envoy speaks",
              new Breach("http", "io.envoyproxy.envoy.service.auth.v3.CheckRequest")),
          breaches("only http imports Jetty", new Breach("rpc", "org.eclipse.jetty.server.Server")),
          breaches(
              "rpc knows [door, gateway, table, security, log, metrics, consent, decision] of the"
                  + " server's packages",
              new Breach("rpc", "dev.consentry.server.store.Fixture"),
              new Breach("rpc", "dev.consentry.server.Fixture")),
          breaches(
              "log knows none of the server's packages",
              new Breach("log", "dev.consentry.server.decision.AppId")),
          breaches(
              "config knows none of the server's packages",
              new Breach("config", "dev.consentry.server.decision.AppId")),
          breaches(
              "demo knows [consent, decision] of the server's packages",
              new Breach("demo", "dev.consentry.server.store.Fixture")),
          breaches(
              "every package of the server has its arrows written down",
              new Breach("util", "java.lang.String")),
          breaches(
              "decision imports java.* and JSpecify only",
              new Breach("decision", "org.slf4j.Logger"),
              new Breach("decision", "io.grpc.Status")),
          breaches(
              "only store knows SQL",
              new Breach("rpc", "java.sql.Connection"),
              new Breach("consent", "javax.sql.DataSource"),
              new Breach("table", "org.jooq.DSLContext"),
              new Breach("demo", "org.flywaydb.core.Flyway"),
              new Breach("table", "org.h2.Driver"),
              new Breach("security", "com.zaxxer.hikari.HikariConfig")),
          breaches(
              "only rpc imports dev.consentry.v1",
              new Breach("table", "dev.consentry.v1.CheckRequest"),
              new Breach("consent", "dev.consentry.v1.CheckRequest")),
          breaches(
              "only rpc and the composition root import gRPC and protobuf",
              new Breach("store", "io.grpc.Status"),
              new Breach("consent", "com.google.protobuf.Timestamp")),
          breaches(
              "packages have no cycles",
              new Breach("decision", "dev.consentry.server.consent.Revision")));

  static List<ArchRule> rules() {
    return Arrows.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void production_everyRule_holds(ArchRule rule) {
    assertTrue(PRODUCTION.size() > 50, "production classes were not found");
    rule.check(PRODUCTION);
  }

  @Test
  void rules_plantedBreaches_areReported(@TempDir Path classes) throws IOException {
    List<Breach> all = BREACHES.values().stream().flatMap(List::stream).distinct().toList();
    compile(all, classes);
    JavaClasses planted =
        new ClassFileImporter().importPaths(classes, Path.of("target", "classes"));
    for (ArchRule rule : rules()) {
      List<String> details = rule.evaluate(planted).getFailureReport().getDetails();
      for (Breach breach : BREACHES.getOrDefault(rule.getDescription(), List.of())) {
        assertTrue(
            details.stream().anyMatch(detail -> detail.contains(breach.className())),
            () -> "`%s` did not see %s, only %s".formatted(rule.getDescription(), breach, details));
      }
    }
  }

  /** One rule has no breach here: the client need not be compiled for it to hold. */
  @Test
  void rules_all_haveAPlantedBreach() {
    var described = new TreeSet<>(rules().stream().map(ArchRule::getDescription).toList());
    described.remove("the server never uses its client");
    assertEquals(new TreeSet<>(BREACHES.keySet()), described);
  }

  private static Map.Entry<String, List<Breach>> breaches(String rule, Breach... breaches) {
    return Map.entry(rule, List.of(breaches));
  }

  /** Compiles the breaches, and what they need of packages that may not exist, into a folder. */
  private static void compile(List<Breach> breaches, Path classes) {
    var sources =
        Stream.concat(
                Stream.of(
                    new Source("dev.consentry.server.Fixture", "public interface Fixture {}"),
                    new Source(
                        "dev.consentry.server.store.Fixture", "public interface Fixture {}")),
                breaches.stream().map(Breach::source))
            .toList();
    var options =
        List.of(
            "-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
    boolean compiled =
        ToolProvider.getSystemJavaCompiler()
            .getTask(null, null, null, options, null, sources)
            .call();
    assertTrue(compiled, "the planted breaches do not compile");
  }

  /** A class in a package of the server that knows a type. */
  private record Breach(String in, String type) {
    String className() {
      return "dev.consentry.server.%s.Planted_%s".formatted(in, type.replace('.', '_'));
    }

    Source source() {
      String name = className().substring(className().lastIndexOf('.') + 1);
      return new Source(className(), "class %s { %s known; }".formatted(name, type));
    }
  }

  /** A source file in memory. */
  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String className, String type) {
      super(
          URI.create(
              "string:///" + className.replace('.', '/') + JavaFileObject.Kind.SOURCE.extension),
          JavaFileObject.Kind.SOURCE);
      this.text =
          "package %s;%n%s".formatted(className.substring(0, className.lastIndexOf('.')), type);
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
