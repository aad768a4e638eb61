package dev.consentry.server.table;

import java.lang.reflect.Method;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The real table under a model checker, which interleaves a scenario's threads in one way after
 * another. Each scenario holds for the table as it is; that it fails for the mutant it was made
 * for, {@link MutantModelTest} sees.
 */
final class ProtocolModelTest {
  /** Of each scenario. Every mutant is found within these. */
  private static final int INVOCATIONS = 200;

  /** What runs at once, and what a table must not leave out for it. */
  enum Scenario {
    LOAD_DURING_A_REVOKE(GuardOnProgress.class, "", "check check", "revoke"),
    HIT_DURING_A_REVOKE(ProgressAfterEntry.class, "check", "check", "revoke"),
    COLD_JOIN_AFTER_A_REVOKE(
        JoinWithoutFloor.class, "", "checkSharingLoads", "revoke checkSharingLoads"),
    FULLY_CONSISTENT_WHILE_AN_OLDER_LOAD_FLIES(
        FullyJoins.class, "", "checkSharingLoads", "revokeElsewhere checkFullySharingLoads"),
    LOAD_DURING_A_SUSPENSION(SweepWithoutPutLock.class, "", "check check", "suspend"),
    DELAY_AFTER_THE_CLOCKS(ClocksFirst.class, "poll check", "check", "revokeElsewhere tick poll"),
    PROOF_OF_ANOTHER_POLL(
        ProgressInTwoFields.class, "poll check", "check", "revokeElsewhere tick poll"),
    ANOTHER_HISTORY_DURING_A_LOAD(SharesBesideTheState.class, "", "check", "otherHistory check");

    private final Class<? extends Model> mutant;

    // Lincheck reads it and changes nothing.
    @SuppressWarnings("ImmutableEnumChecker")
    private final ExecutionScenario steps;

    Scenario(Class<? extends Model> mutant, String before, String first, String second) {
      this.mutant = mutant;
      this.steps =
          new ExecutionScenario(
              actors(before), List.of(actors(first), actors(second)), List.of(), null);
    }

    private static List<Actor> actors(String operations) {
      return Stream.of(operations.split(" ", -1))
          .filter(name -> !name.isEmpty())
          .map(name -> new Actor(method(name), List.of()))
          .toList();
    }

    private static Method method(String name) {
      try {
        return Model.class.getMethod(name);
      } catch (NoSuchMethodException e) {
        throw new AssertionError(e);
      }
    }

    void exploreMutant() {
      explore(mutant);
    }

    void explore(Class<? extends Model> model) {
      new ModelCheckingOptions()
          .iterations(0)
          .invocationsPerIteration(INVOCATIONS)
          .minimizeFailedScenario(false)
          .sequentialSpecification(NothingFails.class)
          .addGuarantee(
              ManagedStrategyGuaranteeKt.forClasses(Scenario::decidesNothing).allMethods().ignore())
          .addCustomScenario(steps)
          .check(model);
    }

    /**
     * Whether a class has no state that threads share, or only counts and equal values in place of
     * each other: its insides need no exploring.
     */
    private static boolean decidesNothing(String className) {
      return Stream.of(
              "java.util.stream.",
              "java.util.HashMap",
              "java.util.concurrent.Semaphore",
              "java.util.concurrent.atomic.LongAdder",
              "java.util.concurrent.atomic.Striped64",
              "java.time.",
              "dev.consentry.server.decision.",
              "dev.consentry.server.table.KeyHash",
              "dev.consentry.server.table.Shared")
          .anyMatch(className::startsWith);
    }
  }

  @ParameterizedTest
  @EnumSource(Scenario.class)
  void explore_theProtocol_noViolation(Scenario scenario) {
    scenario.explore(Protocol.class);
  }

  /**
   * What threads do in one {@link ModelWorld}; an operation fails if an answer breaks a promise.
   */
  public abstract static class Model {
    abstract void take(Consumer<ModelWorld> step);

    @Operation
    public void check() {
      take(world -> world.check(Consistency.MINIMIZE_LATENCY));
    }

    @Operation
    public void checkSharingLoads() {
      take(world -> world.checkSharingLoads(Consistency.MINIMIZE_LATENCY));
    }

    @Operation
    public void checkFullySharingLoads() {
      take(world -> world.checkSharingLoads(Consistency.FULLY_CONSISTENT));
    }

    @Operation
    public void revoke() {
      take(world -> world.write(ModelWorld.REVOKED));
    }

    @Operation
    public void revokeElsewhere() {
      take(world -> world.writeElsewhere(ModelWorld.REVOKED));
    }

    @Operation
    public void suspend() {
      take(world -> world.write(ModelWorld.SUSPENDED));
    }

    @Operation
    public void poll() {
      take(ModelWorld::poll);
    }

    @Operation
    public void tick() {
      take(ModelWorld::tick);
    }

    @Operation
    public void otherHistory() {
      take(world -> world.otherHistory(ModelWorld.REVOKED));
    }
  }

  /** What Lincheck compares with: no operation ever fails. */
  public static final class NothingFails extends Model {
    @Override
    void take(Consumer<ModelWorld> step) {}
  }

  abstract static class Modelled extends Model {
    private final ModelWorld world;

    Modelled(StateMaker maker) {
      world = new ModelWorld(maker);
    }

    @Override
    void take(Consumer<ModelWorld> step) {
      step.accept(world);
    }
  }

  public static final class Protocol extends Modelled {
    public Protocol() {
      super(TableState::new);
    }
  }

  public static final class GuardOnProgress extends Modelled {
    public GuardOnProgress() {
      super(Mutants.GuardOnProgress::new);
    }
  }

  public static final class ProgressAfterEntry extends Modelled {
    public ProgressAfterEntry() {
      super(Mutants.ProgressAfterEntry::new);
    }
  }

  public static final class JoinWithoutFloor extends Modelled {
    public JoinWithoutFloor() {
      super(Mutants.JoinWithoutFloor::new);
    }
  }

  public static final class FullyJoins extends Modelled {
    public FullyJoins() {
      super(Mutants.FullyJoins::new);
    }
  }

  public static final class SweepWithoutPutLock extends Modelled {
    public SweepWithoutPutLock() {
      super(Mutants.SweepWithoutPutLock::new);
    }
  }

  public static final class ClocksFirst extends Modelled {
    public ClocksFirst() {
      super(Mutants.ClocksFirst::new);
    }
  }

  public static final class ProgressInTwoFields extends Modelled {
    public ProgressInTwoFields() {
      super(Mutants.ProgressInTwoFields::new);
    }
  }

  /** The entries are a field of their own, emptied when the state is exchanged. */
  public static final class SharesBesideTheState extends Modelled {
    public SharesBesideTheState() {
      super(TableState::new);
    }

    @Override
    public void otherHistory() {
      take(world -> world.otherHistoryInTheSameShares(ModelWorld.REVOKED));
    }
  }
}
