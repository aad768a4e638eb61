package dev.consentry.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

final class ArrowsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.consentry.client", "dev.consentry.cli");

  @Test
  void library_anyClass_neverSeesTheCommand() {
    noClasses()
        .that()
        .resideInAPackage("dev.consentry.client..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.consentry.cli..")
        .check(CLASSES);
  }

  @Test
  void library_anyClass_neverSeesWhatOnlyTheCommandUses() {
    noClasses()
        .that()
        .resideInAPackage("dev.consentry.client..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "picocli..",
            "org.snakeyaml..",
            "com.google.gson..",
            "org.HdrHistogram..",
            "com.google.protobuf.util..",
            "io.grpc.health..",
            "io.grpc.protobuf.services..")
        .check(CLASSES);
  }

  @Test
  void bench_anyClass_neverSeesTheCommandLine() {
    noClasses()
        .that()
        .resideInAPackage("dev.consentry.cli.bench..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.consentry.cli", "picocli..")
        .check(CLASSES);
  }
}
