package org.consensusprobe.experiment.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Recycling;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs that were interrupted at a block, and went on. Runs that were killed are in the command's own test. */
@Tag("slow")
class ResumeTest {
    private static final Machine MACHINE = new Machine("cpu", 1, OptionalLong.of(2L << 30), false);
    private static final int LAYERS = 8;
    private static final PromptSet PROMPTS = PromptSet.ofIds(
            "three", List.of(new int[] {5, 9, 700, 31, 8}, new int[] {1, 2, 3}, new int[] {4000, 17, 17, 20, 6}));

    @TempDir
    Path folder;

    private Path run;

    @BeforeEach
    void nameRun() {
        run = folder.resolve("run");
    }

    @ParameterizedTest
    @CsvSource({
        "TRAINED, FLOAT32, FINAL_NORM, 3",
        "TRAINED, FLOAT64, RAW, 8",
        "SHUFFLED, FLOAT32, FINAL_NORM, 11",
        "RANDOM, FLOAT32, FINAL_NORM, 5",
        "RANDOM, BFLOAT16, RAW, 16",
        "RANDOM_EACH_PASS, FLOAT32, FINAL_NORM, 13",
        "RANDOM_EACH_PASS, FLOAT32, FINAL_NORM, 1"
    })
    void goesOnToTheSameBytes(WeightMode weights, DType dtype, Recycling recycling, int blocks) throws IOException {
        RunPlan plan = plan(weights, dtype, recycling, 3);
        Path whole = folder.resolve("whole");
        execute(plan, RunDirectory.create(whole, false), () -> false);

        assertThatThrownBy(() -> execute(plan, RunDirectory.create(run, false), after(blocks)))
                .hasMessageContaining(blocks + " of " + 3 * LAYERS + " blocks are done");
        assertThat(RunReader.open(run).manifest().status()).isEqualTo(Manifest.Status.INTERRUPTED);
        assertThat(run.resolve("state.npz")).exists();
        assertThatThrownBy(() -> RunReader.open(run).error()).hasMessageContaining("--resume");

        execute(plan, RunDirectory.resume(run), () -> false);
        List<String> files = new ArrayList<>(List.of("error.npy", "curve.csv", "hidden.npy"));
        MeasureNames.ALL.forEach(name -> files.add("measures/" + name + ".npy"));
        for (String file : files) {
            assertThat(run.resolve(file)).as(file).hasSameBinaryContentAs(whole.resolve(file));
        }
        Manifest manifest = RunReader.open(run).manifest();
        assertThat(manifest.status()).isEqualTo(Manifest.Status.COMPLETE);
        assertThat(manifest.floor()).isEqualTo(RunReader.open(whole).manifest().floor());
        assertThat(manifest.section("timings").path("resumed_after_blocks").asInt())
                .isEqualTo(blocks);
        assertThat(manifest.timings().perPassSeconds()).hasSize(3);
        assertThat(run.resolve("state.npz")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"FINAL_NORM, 3", "FINAL_NORM, 8", "RAW, 11", "RAW, 16"})
    void statesKeptOnTheWayAreThoseOfAnUninterruptedRun(Recycling recycling, int blocks) throws IOException {
        RunPlan plan = RunPlan.of(plan(WeightMode.TRAINED, DType.FLOAT32, recycling, 3)
                .values()
                .parse(Fields.INITIAL, "consensus+1e-2")
                .parse(Fields.SAVE_HIDDEN_AT, "0,3,layer:7,pass:1-2")
                .parse(Fields.SAVE_ATTENTION_AT, "2,16"));
        Path whole = folder.resolve("whole");
        execute(plan, RunDirectory.create(whole, false), () -> false);
        assertThatThrownBy(() -> execute(plan, RunDirectory.create(run, false), after(blocks)))
                .hasMessageContaining(blocks + " of " + 3 * LAYERS + " blocks are done");
        Path early = run.resolve("hidden/depth-3.npy");
        java.nio.file.attribute.FileTime written = Files.getLastModifiedTime(early);
        assertThat(run.resolve("hidden/depth-16.npy").toFile().exists()).isEqualTo(blocks >= 16);
        assertThat(run.resolve("hidden/pass-1.npy").toFile().exists()).isEqualTo(blocks >= 8);
        // what a killed process leaves behind
        Files.writeString(run.resolve("hidden/.depth-16.npy.partial"), "half");

        execute(plan, RunDirectory.resume(run), () -> false);
        assertThat(Files.getLastModifiedTime(early)).as("a complete file stays").isEqualTo(written);
        assertThat(files(run)).isEqualTo(files(whole)).hasSize(14 + MeasureNames.ALL.size());
        for (String file : files(whole)) {
            if (file.endsWith(".npy")) {
                assertThat(run.resolve(file)).as(file).hasSameBinaryContentAs(whole.resolve(file));
            }
        }
        assertThat(RunReader.open(run).manifest().section("states"))
                .isEqualTo(RunReader.open(whole).manifest().section("states"));
        try (RunDirectory cleared = RunDirectory.create(run, true)) {
            assertThat(files(cleared.path())).containsExactly(".lock");
        }
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(f -> folder.relativize(f).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void startsWhereNothingIsAndStopsWhereAllIsDone() {
        RunPlan plan = plan(WeightMode.RANDOM, DType.FLOAT32, Recycling.FINAL_NORM, 1);
        execute(plan, RunDirectory.resume(run), () -> false);
        try (RecordedRun again = prepare(plan, PROMPTS);
                RunDirectory directory = RunDirectory.resume(run)) {
            assertThat(again.isFinishedIn(directory)).isTrue();
        }
    }

    @Test
    void refusesAnotherPlanNamingTheDifference() {
        RunPlan plan = plan(WeightMode.RANDOM, DType.FLOAT32, Recycling.FINAL_NORM, 2);
        assertThatThrownBy(() -> execute(plan, RunDirectory.create(run, false), after(4)))
                .isInstanceOf(Problem.class);
        assertRefused(plan(WeightMode.RANDOM, DType.FLOAT32, Recycling.FINAL_NORM, 3), "passes: 2 there, 3 here");
        assertRefused(plan(WeightMode.TRAINED, DType.FLOAT32, Recycling.FINAL_NORM, 2), "weights: random there");
        assertRefused(plan(WeightMode.RANDOM, DType.FLOAT64, Recycling.FINAL_NORM, 2), "float32 there, float64 here");
        assertRefused(plan(WeightMode.RANDOM, DType.FLOAT32, Recycling.RAW, 2), "recycle: final-norm there, raw here");
        assertThatThrownBy(() -> execute(
                        plan,
                        PromptSet.ofIds("three", List.of(new int[] {1, 2})),
                        RunDirectory.resume(run),
                        () -> false))
                .hasMessageContaining("prompts (SHA-256");
        assertThat(run.resolve("state.npz")).exists();
        execute(plan, RunDirectory.resume(run), () -> false);
    }

    @Test
    void refusesOtherFilesAndOtherVersions() throws IOException {
        RunPlan plan = plan(WeightMode.TRAINED, DType.FLOAT32, Recycling.FINAL_NORM, 2);
        assertThatThrownBy(() -> execute(plan, RunDirectory.create(run, false), after(4)))
                .isInstanceOf(Problem.class);
        Path file = run.resolve("manifest.json");
        String manifest = Files.readString(file);
        Files.writeString(file, manifest.replaceFirst("(\"sha256\" : \")[0-9a-f]{4}", "$1ffff"));
        assertRefused(plan, "the content of model.safetensors (SHA-256 ffff");
        Files.writeString(file, manifest.replaceFirst("(\"version\" : \")[^\"]*", "$10.0.9"));
        assertRefused(plan, "program version: 0.0.9 there");
    }

    @Test
    void aDiskThatRefusesLeavesTheFinishedPart() throws IOException {
        RunPlan plan = plan(WeightMode.RANDOM, DType.FLOAT32, Recycling.FINAL_NORM, 3);
        Path inTheWay = AtomicFiles.temporary(run.resolve("state.npz"));
        RunListener full = new RunListener() {
            @Override
            public void onPass(int pass) {
                if (pass == 1) {
                    create(inTheWay.resolve("x"));
                }
            }
        };
        try (RecordedRun recorded = prepare(plan, PROMPTS);
                RunDirectory directory = RunDirectory.create(run, false)) {
            AtomicInteger blocks = new AtomicInteger();
            // interrupted at the end, so that a state is written whatever the clock says
            assertThatThrownBy(() -> recorded.into(directory, full, () -> blocks.incrementAndGet() > 2 * LAYERS))
                    .isInstanceOf(Problem.class)
                    .hasMessageContaining("state.npz: cannot be written");
        }
        assertThat(RunReader.open(run).manifest().status()).isEqualTo(Manifest.Status.FAILED);
        assertThat(run.resolve("state.npz")).exists();
        Files.delete(inTheWay.resolve("x"));
        execute(plan, RunDirectory.resume(run), () -> false);
        assertThat(RunReader.open(run).route().passes()).isEqualTo(3);
    }

    @Test
    void aDamagedStateIsNamed() throws IOException {
        RunPlan plan = plan(WeightMode.RANDOM, DType.FLOAT32, Recycling.FINAL_NORM, 2);
        assertThatThrownBy(() -> execute(plan, RunDirectory.create(run, false), after(9)))
                .isInstanceOf(Problem.class);
        byte[] state = Files.readAllBytes(run.resolve("state.npz"));
        state[state.length / 2] ^= 1;
        Files.write(run.resolve("state.npz"), state);
        assertThatThrownBy(() -> execute(plan, RunDirectory.resume(run), () -> false))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("state.npz")
                .hasMessageContaining("--force");
    }

    private void assertRefused(RunPlan plan, String difference) {
        assertThatThrownBy(() -> execute(plan, RunDirectory.resume(run), () -> false))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.WRONG_INPUT))
                .hasMessageContaining(difference);
    }

    private static BooleanSupplier after(int blocks) {
        AtomicInteger asked = new AtomicInteger();
        return () -> asked.getAndIncrement() >= blocks;
    }

    private static void create(Path file) {
        try {
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void execute(RunPlan plan, RunDirectory directory, BooleanSupplier cancelled) {
        execute(plan, PROMPTS, directory, cancelled);
    }

    private static void execute(RunPlan plan, PromptSet prompts, RunDirectory directory, BooleanSupplier cancelled) {
        try (directory;
                RecordedRun recorded = prepare(plan, prompts)) {
            recorded.into(directory, new RunListener() {}, cancelled);
        }
    }

    private static RecordedRun prepare(RunPlan plan, PromptSet prompts) {
        Subject subject = Subject.fromDirectory(
                "demo", Home.models().resolve("demo-gpt2"), plan.weights().mode());
        return RecordedRun.prepare(subject, plan, MACHINE, prompts, Optional.empty(), Optional.empty());
    }

    private static RunPlan plan(WeightMode weights, DType dtype, Recycling recycling, int passes) {
        return RunPlan.of(Runs.plan(weights, dtype, passes)
                .values()
                .with(Fields.SEED, 7L)
                .with(RouteFields.RECYCLE, recycling)
                .with(Fields.MEASURES, MeasureNames.ALL));
    }
}
