package dev.consentry.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who may know whom, as the architecture has it. A package that does not exist yet breaks nothing.
 */
final class Arrows {
  private static final String SERVER = "dev.consentry.server";

  /** What each package of the server may know of the others; the root may know all of them. */
  private static final Map<String, List<String>> KNOWS = new LinkedHashMap<>();

  static {
    KNOWS.put("decision", List.of());
    KNOWS.put("consent", List.of("decision"));
    KNOWS.put("table", List.of("consent", "decision"));
    KNOWS.put("store", List.of("consent", "decision"));
    KNOWS.put("yaml", List.of("decision"));
    KNOWS.put("security", List.of("yaml", "consent", "decision"));
    KNOWS.put("log", List.of());
    KNOWS.put("metrics", List.of("decision"));
    KNOWS.put("gateway", List.of("yaml", "decision"));
    KNOWS.put("door", List.of("gateway", "table", "security", "metrics", "consent", "decision"));
    KNOWS.put(
        "rpc",
        List.of("door", "gateway", "table", "security", "log", "metrics", "consent", "decision"));
    KNOWS.put(
        "http", List.of("door", "gateway", "table", "security", "metrics", "consent", "decision"));
    KNOWS.put("config", List.of());
    KNOWS.put("demo", List.of("consent", "decision"));
  }

  private Arrows() {}

  /** All rules. */
  static List<ArchRule> all() {
    var rules = new ArrayList<ArchRule>();
    KNOWS.forEach((name, known) -> rules.add(knowsOnly(name, known)));
    rules.add(everyPackageHasAnArrow());
    rules.add(theDecisionIsPure());
    rules.add(onlyTheStoreKnowsSql());
    rules.add(onlyRpcKnowsTheContract());
    rules.add(onlyRpcAndTheRootKnowGrpc());
    rules.add(onlyExtAuthzKnowsEnvoy());
    rules.add(onlyHttpKnowsJetty());
    rules.add(nobodyKnowsTheClient());
    rules.add(noCycles());
    return List.copyOf(rules);
  }

  private static ArchRule knowsOnly(String name, List<String> known) {
    var allowed = new ArrayList<String>();
    allowed.add(in(name));
    known.forEach(other -> allowed.add(in(other)));
    return noClasses()
        .that()
        .resideInAPackage(in(name))
        .should()
        .dependOnClassesThat(
            resideInAPackage(SERVER + "..")
                .and(not(resideInAnyPackage(allowed.toArray(String[]::new)))))
        .as(
            "%s knows %s of the server's packages"
                .formatted(name, known.isEmpty() ? "none" : known))
        .allowEmptyShould(true);
  }

  private static ArchRule everyPackageHasAnArrow() {
    var known = new ArrayList<String>();
    known.add(SERVER);
    KNOWS.keySet().forEach(name -> known.add(in(name)));
    return classes()
        .should()
        .resideInAnyPackage(known.toArray(String[]::new))
        .as("every package of the server has its arrows written down")
        .allowEmptyShould(true);
  }

  private static ArchRule theDecisionIsPure() {
    return classes()
        .that()
        .resideInAPackage(in("decision"))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(in("decision"), "java..", "org.jspecify..")
        .as("decision imports java.* and JSpecify only")
        .allowEmptyShould(true);
  }

  private static ArchRule onlyTheStoreKnowsSql() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(in("store"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.sql..",
            "javax.sql..",
            "org.jooq..",
            "org.flywaydb..",
            "org.h2..",
            "org.postgresql..",
            "com.zaxxer..")
        .as("only store knows SQL")
        .allowEmptyShould(true);
  }

  private static ArchRule onlyRpcKnowsTheContract() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(in("rpc"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.consentry.v1..")
        .as("only rpc imports dev.consentry.v1")
        .allowEmptyShould(true);
  }

  private static ArchRule onlyRpcAndTheRootKnowGrpc() {
    return noClasses()
        .that()
        .resideOutsideOfPackages(in("rpc"), SERVER)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "com.google.rpc..")
        .as("only rpc and the composition root import gRPC and protobuf")
        .allowEmptyShould(true);
  }

  private static ArchRule onlyExtAuthzKnowsEnvoy() {
    return noClasses()
        .that()
        .resideInAPackage(SERVER + "..")
        .and()
        .resideOutsideOfPackage(in("rpc"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.envoyproxy..")
        .as("only rpc imports what Envoy speaks")
        .allowEmptyShould(true);
  }

  private static ArchRule onlyHttpKnowsJetty() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(in("http"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.eclipse.jetty..")
        .as("only http imports Jetty")
        .allowEmptyShould(true);
  }

  private static ArchRule nobodyKnowsTheClient() {
    return noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.consentry.client..", "dev.consentry.cli..")
        .as("the server never uses its client")
        .allowEmptyShould(true);
  }

  private static ArchRule noCycles() {
    return slices()
        .matching(SERVER + ".(*)..")
        .should()
        .beFreeOfCycles()
        .as("packages have no cycles")
        .allowEmptyShould(true);
  }

  private static String in(String name) {
    return SERVER + "." + name + "..";
  }
}
