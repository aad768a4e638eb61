package dev.consentry.server.table;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each scenario of {@link ProtocolModelTest} is seen to fail for the mutant it was made for. */
final class MutantModelTest {
  @ParameterizedTest
  @EnumSource(ProtocolModelTest.Scenario.class)
  void explore_theMutant_isFound(ProtocolModelTest.Scenario scenario) {
    var found = assertThrows(LincheckAssertionError.class, scenario::exploreMutant);
    assertTrue(found.toString().contains("AssertionError #"), found.toString());
  }
}
