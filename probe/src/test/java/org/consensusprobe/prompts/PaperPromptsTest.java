package org.consensusprobe.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.consensusprobe.common.Home;
import org.junit.jupiter.api.Test;

/** The committed prompts of the paper, against the generator, CPython and the paper's own words. */
class PaperPromptsTest {
    private static final PromptContext GPT2 =
            new PromptContext(50257, 1024, "gpt2", Optional.of(Tokenizer.gpt2()), false, OptionalInt.empty());

    /** Of CPython's own 100 x 200 draws, packed as {@link PromptSet#sha256} says. */
    private static final String PYTHON = "520fde62bb7c2a2ccaac7a83165465d42677ae2d8d5752cdd9a21639112eaac3";

    @Test
    void theCommittedIdsAreThoseOfPython() {
        PromptSet paper = PromptReader.read("paper", GPT2);

        assertThat(paper.describe()).isEqualTo("100 prompts of 200 tokens (paper)");
        assertThat(paper.ids(0)).startsWith(41905, 7296, 1639, 48598, 18024, 16049, 14628, 9144, 48265, 6717);
        assertThat(paper.ids(1)).startsWith(32021, 1276, 7331);
        assertThat(paper.ids(99)).endsWith(23613, 23401, 22161);
        assertThat(paper.sha256()).isEqualTo(PYTHON);
    }

    @Test
    void theGeneratorMakesTheCommittedIds() {
        List<int[]> drawn = RandomPrompts.PAPER.draw(50257);

        assertThat(PromptSet.ofIds("generator", drawn).sha256()).isEqualTo(PYTHON);
    }

    @Test
    void theFirstPromptReadsAsThePaperPrintsIt() {
        try (Tokenizer tokenizer = Tokenizer.load(Tokenizer.gpt2())) {
            int[] first = PromptReader.read("paper", GPT2).ids(0);

            assertThat(tokenizer.decode(first)).startsWith(" divest anxYou coasts Oz Vi Happy appreciate tcp guilty");
        }
    }

    @Test
    void naturalPromptsAreLongEnoughForTheDemo() throws Exception {
        PromptContext demo = new PromptContext(
                4096,
                512,
                "demo-gpt2",
                Optional.of(Home.models().resolve("demo-gpt2/tokenizer.json")),
                false,
                OptionalInt.empty());

        PromptSet natural =
                PromptReader.read(Home.prompts().resolve("natural.txt").toString(), demo);

        assertThat(natural.count()).isEqualTo(16);
        assertThat(natural.shortest()).isGreaterThanOrEqualTo(64);
        assertThat(natural.text(1)).hasValueSatisfying(t -> assertThat(t).startsWith("The LORD is my shepherd"));
        assertThat(Files.readString(Home.prompts().resolve("README.md"))).contains("natural.txt", "King James");
    }
}
