package org.consensusprobe;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The arrows between packages, as CONTRIBUTING and the design draw them: they go one way. */
@AnalyzeClasses(packages = "org.consensusprobe", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "org.consensusprobe.";

    /** What each room may use besides itself and common, which all may use. */
    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("common", List.of()),
            Map.entry("torch", List.of()),
            Map.entry("hub", List.of()),
            Map.entry("gguf", List.of()),
            Map.entry("pickle", List.of()),
            Map.entry("schedulers", List.of()),
            Map.entry("plan", List.of("torch")),
            Map.entry("prompts", List.of("gguf")),
            Map.entry("weights", List.of("torch", "gguf", "pickle")),
            Map.entry("results", List.of("plan")),
            Map.entry("model", List.of("plan", "weights", "torch")),
            Map.entry("measure", List.of("plan", "model", "weights", "torch")),
            Map.entry("lookup", List.of("hub", "gguf", "model", "prompts", "plan", "weights", "results")),
            Map.entry("doctor", List.of("model", "plan", "weights", "torch")),
            Map.entry("report", List.of("results", "plan")),
            Map.entry("theory", List.of("model", "measure", "plan", "results", "weights", "torch")),
            Map.entry(
                    "experiment",
                    List.of(
                            "doctor", "theory", "report", "lookup", "model", "measure", "results", "prompts", "plan",
                            "weights", "torch")));

    /** The rooms within rooms that know others of the same one. */
    private static final Map<String, List<String>> MAY_USE_WITHIN = Map.ofEntries(
            Map.entry("experiment.loop", List.of()),
            Map.entry("experiment.record", List.of("loop")),
            Map.entry("experiment.states", List.of("loop", "record")),
            Map.entry("experiment.sweep", List.of("loop", "record")),
            Map.entry("experiment.units", List.of("loop", "record", "sweep")),
            Map.entry("experiment.check", List.of("loop", "record", "sweep")),
            Map.entry("experiment.attribute", List.of("loop", "states")),
            Map.entry("experiment.settle", List.of("loop", "record", "sweep")),
            Map.entry("cli.terminal", List.of()),
            Map.entry("cli.options", List.of("terminal")),
            Map.entry("cli.models", List.of("options", "terminal")),
            Map.entry("cli.runs", List.of("options", "terminal")),
            Map.entry("cli.theory", List.of("options", "terminal")));

    @ArchTest
    void arrowsGoOneWay(JavaClasses classes) {
        MAY_USE.forEach((from, to) -> noClasses()
                .that()
                .resideInAPackage(ROOT + from + "..")
                .should()
                .dependOnClassesThat(outside(from, to))
                .allowEmptyShould(true)
                .check(classes));
    }

    @ArchTest
    void nothingUsesTheCommandLine(JavaClasses classes) {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + "cli..", "picocli..")
                .check(classes);
    }

    /** A new package has to take its place in the table above. */
    @ArchTest
    void everyPackageHasItsPlace(JavaClasses classes) {
        noClasses()
                .should()
                .resideOutsideOfPackages(java.util.stream.Stream.concat(
                                MAY_USE.keySet().stream().map(name -> ROOT + name + ".."),
                                java.util.stream.Stream.of(ROOT + "cli.."))
                        .toArray(String[]::new))
                .check(classes);
    }

    /** A permission that nothing uses is an arrow in wait. */
    @ArchTest
    void everyPermissionIsUsed(JavaClasses classes) {
        MAY_USE.forEach((from, allowed) -> allowed.forEach(to ->
                assertThat(uses(classes, from, to)).as("%s uses %s", from, to).isTrue()));
    }

    @ArchTest
    void roomsWithinRoomsKeepTheirOrder(JavaClasses classes) {
        MAY_USE_WITHIN.forEach((from, allowed) -> {
            String room = from.substring(0, from.indexOf('.'));
            MAY_USE_WITHIN.keySet().stream()
                    .filter(other -> other.startsWith(room + ".") && !other.equals(from))
                    .filter(other -> !allowed.contains(other.substring(room.length() + 1)))
                    .forEach(other -> assertThat(uses(classes, from, other))
                            .as("%s uses %s", from, other)
                            .isFalse());
        });
    }

    private static boolean uses(JavaClasses classes, String from, String to) {
        return classes.stream()
                .filter(c -> isIn(c, from))
                .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
                .anyMatch(dependency -> isIn(dependency.getTargetClass(), to));
    }

    private static boolean isIn(JavaClass c, String room) {
        return (c.getPackageName() + ".").startsWith(ROOT + room + ".");
    }

    @ArchTest
    static final ArchRule NO_CYCLES = slices().matching(ROOT + "(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONLY_TORCH_KNOWS_THE_ENGINE = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "torch..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ai.djl.pytorch..", "ai.djl.ndarray..", "ai.djl.engine..");

    @ArchTest
    static final ArchRule ONLY_TORCH_AND_PROMPTS_KNOW_DJL = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + "torch..", ROOT + "prompts..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..");

    @ArchTest
    static final ArchRule ONLY_MAIN_EXITS = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(ROOT + "cli.Main")
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "exit", int.class);

    @ArchTest
    static final ArchRule ONLY_THE_SIGNAL_HANDLER_HALTS = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(ROOT + "cli.terminal.Interruption")
            .should()
            .callMethod(Runtime.class, "halt", int.class);

    /** A Turkish user's "I".toLowerCase() is no i; numbers are safe, because the program settles the locale when it starts. */
    @ArchTest
    static final ArchRule CASE_IS_NOT_THE_USERS = noClasses()
            .should()
            .callMethod(String.class, "toLowerCase")
            .orShould()
            .callMethod(String.class, "toUpperCase");

    private static DescribedPredicate<JavaClass> outside(String from, List<String> to) {
        List<String> allowed = new java.util.ArrayList<>(to);
        allowed.addAll(Arrays.asList(from, "common"));
        return DescribedPredicate.describe(
                "are ours and not in " + allowed,
                c -> c.getPackageName().startsWith(ROOT.substring(0, ROOT.length() - 1))
                        && allowed.stream()
                                .noneMatch(p -> c.getPackageName().equals(ROOT + p)
                                        || c.getPackageName().startsWith(ROOT + p + ".")));
    }
}
