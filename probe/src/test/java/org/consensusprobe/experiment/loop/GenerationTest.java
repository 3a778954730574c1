package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Greedy text in float64 against transformers' own modules: h0 = wte[ids] + wpe, the model's forward on h minus its positions
 * for every pass, {@code lm_head} on the last token; with GPT-Neo's scores lifted out of float32.
 */
@Tag("slow")
class GenerationTest {
    private static final Machine MACHINE = Machine.CPU.withMemory(2L << 30);
    private static final Path REFERENCE = Path.of("src/test/resources/reference");
    private static final int STEPS = 8;

    @ParameterizedTest
    @CsvSource({
        "tiny-gpt2, 1, 0, 100 100 100 100 100 100 100 100, 0.9828335100643162, 0.11296276476466577",
        "tiny-gpt2, 1, 1, 25 25 25 25 25 61 61 61, 0.9823699035835911, 0.12436266853890339",
        "tiny-gpt2, 3, 0, 134 134 134 134 134 134 134 134, 0.9960001540727639, 0.035282027612657724",
        "tiny-gpt2, 3, 1, 134 134 134 134 134 134 134 134, 0.99661921261217, 0.030366855127213016",
        "tiny-gpt-neo, 1, 0, 114 114 114 114 114 114 114 114, 0.9957811374760396, 0.0361167737245205",
        "tiny-gpt-neo, 1, 1, 94 94 94 94 94 94 94 94, 0.9416376338524458, 0.39326478097329776",
        "tiny-gpt-neo, 3, 0, 114 114 114 114 114 114 114 114, 0.6284807547848326, 1.384268523223275",
        "tiny-gpt-neo, 3, 1, 206 206 206 206 206 206 206 206, 0.45977618517104996, 1.9405270839566762"
    })
    void greedyTextIsThatOfTransformers(
            String model, int passes, int prompt, String expected, double probability, double entropy) {
        List<int[]> prompts = prompts(model);
        try (Generation generation = generation(model, passes, prompts, new Sampling(true, 1, 1))) {
            List<Generation.Step> steps =
                    generation.run(42, (step, made) -> {}, () -> false).get(prompt);
            int[] tokens = steps.stream().mapToInt(Generation.Step::token).toArray();
            assertThat(tokens)
                    .containsExactly(Arrays.stream(expected.split(" "))
                            .mapToInt(Integer::parseInt)
                            .toArray());
            Generation.Step last = steps.get(STEPS - 1);
            assertThat(last.probability()).isCloseTo(probability, within(1e-11));
            assertThat(last.entropy()).hasSize(passes);
            assertThat(last.entropy()[passes - 1]).isCloseTo(entropy, within(1e-11));
            assertThat(generation.text(prompt))
                    .startsWith(prompts.get(prompt))
                    .endsWith(tokens)
                    .hasSize(6 + STEPS);
        }
    }

    @Test
    void errorsOfAStepAreThoseOfARunOnItsTokens() {
        List<int[]> prompts = prompts("tiny-gpt2");
        double[] errors;
        int[] text;
        try (Generation generation = generation("tiny-gpt2", 2, prompts, new Sampling(false, 0.8, 1))) {
            List<List<Generation.Step>> steps = generation.run(42, (step, made) -> {}, () -> false);
            errors = steps.get(1).get(STEPS - 1).errors();
            text = generation.text(1);
        }
        int[] seen = Arrays.copyOf(text, text.length - 1); // the last token came after the errors were taken
        Subject subject = subject("tiny-gpt2");
        double[][] run = Runs.of(WeightMode.TRAINED, DType.FLOAT64, 2)
                .run(subject, List.of(seen))
                .error();
        assertThat(errors).containsExactly(run[0], within(1e-14));
    }

    @Test
    void aSeedGivesTheSameTextAndAnotherAnother() {
        int[] first = sampled(42);
        assertThat(sampled(42)).isEqualTo(first);
        assertThat(sampled(43)).isNotEqualTo(first);
    }

    @Test
    void aTextThatWouldOutgrowTheContextIsRefused() {
        List<int[]> prompts = prompts("tiny-gpt2");
        assertThatThrownBy(() -> Generation.prepare(
                        subject("tiny-gpt2"), plan(1), MACHINE, prompts, 100_000, new Sampling(true, 1, 1), Exit.LAST))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("context");
    }

    @Test
    void cancellingEndsIt() {
        try (Generation generation = generation("tiny-gpt2", 1, prompts("tiny-gpt2"), new Sampling(true, 1, 1))) {
            assertThatThrownBy(() -> generation.run(42, (step, made) -> {}, () -> true))
                    .isInstanceOfSatisfying(
                            Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.INTERRUPTED));
        }
    }

    private static int[] sampled(long seed) {
        try (Generation generation =
                generation("tiny-gpt-neo", 3, prompts("tiny-gpt-neo"), new Sampling(false, 1, 3))) {
            generation.run(seed, (step, made) -> {}, () -> false);
            return generation.text(0);
        }
    }

    private static Generation generation(String model, int passes, List<int[]> prompts, Sampling sampling) {
        return Generation.prepare(subject(model), plan(passes), MACHINE, prompts, STEPS, sampling, Exit.LAST);
    }

    private static Subject subject(String model) {
        return Subject.fromDirectory(model, REFERENCE.resolve(model), WeightMode.TRAINED);
    }

    private static RunPlan plan(int passes) {
        return Runs.plan(WeightMode.TRAINED, DType.FLOAT64, passes).with(Fields.SAVE_HIDDEN, false);
    }

    /** The first six ids of the reference's first two prompts. */
    private static List<int[]> prompts(String model) {
        var json = StrictJson.parse(read(REFERENCE.resolve(model).resolve("prompts.json")), model, "prompts");
        return List.of(firstSix(json.get(0)), firstSix(json.get(1)));
    }

    private static int[] firstSix(com.fasterxml.jackson.databind.JsonNode ids) {
        int[] six = new int[6];
        Arrays.setAll(six, i -> ids.get(i).intValue());
        return six;
    }

    private static byte[] read(Path file) {
        try {
            return java.nio.file.Files.readAllBytes(file);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
