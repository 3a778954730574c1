package org.consensusprobe.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptReaderTest {
    private static final Path DEMO_TOKENIZER = Home.models().resolve("demo-gpt2/tokenizer.json");

    @TempDir
    Path folder;

    private static PromptContext small(Optional<Path> tokenizer, OptionalInt limit) {
        return new PromptContext(100, 8, "tiny", tokenizer, false, limit);
    }

    private static PromptContext small() {
        return small(Optional.empty(), OptionalInt.empty());
    }

    private static PromptContext demo(boolean specialTokens) {
        return new PromptContext(
                4096, 512, "demo-gpt2", Optional.of(DEMO_TOKENIZER), specialTokens, OptionalInt.empty());
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }

    private AbstractThrowableAssert<?, ?> refused(String form, PromptContext context) {
        return assertThatThrownBy(() -> PromptReader.read(form, context))
                .asInstanceOf(InstanceOfAssertFactories.throwable(Problem.class))
                .satisfies(p -> assertThat(p.exitCode()).isEqualTo(2))
                .satisfies(p -> assertThat(p.getMessage().lines().count()).isLessThanOrEqualTo(2));
    }

    @Test
    void randomPromptsAreDrawnPromptMajorFromTheVocabulary() {
        PromptSet prompts = PromptReader.read("random:2x4@7", small());

        assertThat(prompts.ids()).containsExactly(new int[] {41, 19, 50, 83}, new int[] {6, 9, 68, 12});
        assertThat(prompts.describe()).isEqualTo("2 prompts of 4 tokens (random:2x4@7)");
    }

    @Test
    void theSeedOfRandomPromptsIs42UnlessGiven() {
        assertThat(PromptReader.read("random:3x5", small()).sha256())
                .isEqualTo(PromptReader.read("random:3x5@42", small()).sha256())
                .isNotEqualTo(PromptReader.read("random:3x5@43", small()).sha256());
    }

    @Test
    void paperIsDrawnFromOtherVocabulariesByTheSameGenerator() {
        PromptSet paper = PromptReader.read("paper", demo(false));

        assertThat(paper.describe()).isEqualTo("100 prompts of 200 tokens (paper)");
        assertThat(paper.ids(0)).startsWith(912, 204, 2253, 2006, 1828, 1143, 839, 712);
    }

    @Test
    void aLimitTakesTheFirstPromptsAndDoesNotLookAtTheRest() throws IOException {
        PromptContext two = small(Optional.empty(), OptionalInt.of(2));
        String list = file("p.json", "[[1,2],[3],[9999],\"x\"]");
        String lines = file("p.jsonl", "{\"ids\":[1,2]}\n{\"ids\":[3]}\n{\"ids\":[]}\nnonsense\n");

        assertThat(PromptReader.read("random:1000000x8", two).ids())
                .containsExactlyElementsOf(
                        PromptReader.read("random:2x8", small()).ids());
        assertThat(PromptReader.read(list, two).ids()).containsExactly(new int[] {1, 2}, new int[] {3});
        assertThat(PromptReader.read(lines, two).ids()).containsExactly(new int[] {1, 2}, new int[] {3});
        assertThat(PromptReader.read("random:1x2", two).count()).isEqualTo(1);
    }

    @Test
    void jsonHoldsIdsOrStrings() throws IOException {
        PromptSet ids = PromptReader.read(file("ids.JSON", " [[1, 2, 99], [0]] "), small());
        PromptSet texts = PromptReader.read(file("texts.json", "[\"Hello, world!\", \"a\"]"), demo(false));

        assertThat(ids.ids()).containsExactly(new int[] {1, 2, 99}, new int[] {0});
        assertThat(ids.text(0)).isEmpty();
        assertThat(ids.describe()).startsWith("2 prompts of 1 to 3 tokens (");
        assertThat(texts.ids(0)).containsExactly(40, 438, 79, 12, 1488, 1);
        assertThat(texts.text(0)).contains("Hello, world!");
    }

    @Test
    void jsonLinesHoldIdsOrTextAndOtherFieldsAreLetThrough() throws IOException {
        String lines = file("p.jsonl", "{\"text\":\"Hello, world!\",\"meta\":{\"url\":\"x\"}}\r\n{\"ids\":[7]}");

        PromptSet prompts = PromptReader.read(lines, demo(false));

        assertThat(prompts.ids()).containsExactly(new int[] {40, 438, 79, 12, 1488, 1}, new int[] {7});
        assertThat(prompts.text(0)).contains("Hello, world!");
        assertThat(prompts.text(1)).isEmpty();
    }

    @Test
    void filesAreReadAsPythonWritesThem() throws IOException {
        String json = file("p.json", "\uFEFF[[1.0, 2], [3]]");
        String lines = file(
                "p.jsonl",
                "{\"ids\": [1, 2.0], \"score\": NaN, \"label\": 1, \"label\": 2}\n{\"ids\": [3], \"loss\": -Infinity}\n\n \r\n\n");

        for (String form : List.of(json, lines)) {
            assertThat(PromptReader.read(form, small()).ids()).containsExactly(new int[] {1, 2}, new int[] {3});
        }
    }

    @Test
    void textLinesAreTakenAsTheyAre() throws IOException {
        String lines = file("p.txt", "\uFEFFHello, world!\r\n  a\rb \n");

        PromptSet prompts = PromptReader.read(lines, demo(false));

        assertThat(prompts.text(0)).contains("Hello, world!");
        assertThat(prompts.text(1)).contains("  a\rb ");
        assertThat(prompts.count()).isEqualTo(2);
    }

    @Test
    void specialTokensAreAddedOnlyWhenAskedFor() throws IOException {
        Path bert = TinyTokenizers.withSpecialTokens(folder);
        String text = file("p.txt", "in the beginning\n");
        PromptContext with = new PromptContext(10, 8, "tiny", Optional.of(bert), true, OptionalInt.empty());
        PromptContext without = new PromptContext(10, 8, "tiny", Optional.of(bert), false, OptionalInt.empty());

        assertThat(PromptReader.read(text, with).ids(0)).containsExactly(1, 3, 4, 5, 2);
        assertThat(PromptReader.read(text, with).specialTokens()).isTrue();
        assertThat(PromptReader.read(text, without).ids(0)).containsExactly(3, 4, 5);
        assertThat(PromptReader.read("random:1x2", with).specialTokens()).isFalse();
    }

    /** In front of text and ids, or not; what a tokenizer puts behind follows --special-tokens alone. */
    @Test
    void specialTokensInFrontAreOneQuestion() throws IOException {
        Path bert = TinyTokenizers.withSpecialTokens(folder);
        String text = file("p.txt", "in the beginning\n");
        assertThat(PromptReader.read(text, front(bert, false, true)).ids(0)).containsExactly(1, 3, 4, 5);
        assertThat(PromptReader.read(text, front(bert, true, true)).ids(0)).containsExactly(1, 3, 4, 5, 2);
        assertThat(PromptReader.read(text, front(bert, true, false)).ids(0)).containsExactly(3, 4, 5, 2);
        assertThat(PromptReader.read(text, front(bert, false, false)).ids(0)).containsExactly(3, 4, 5);
        String ids = file("p.json", "[[7, 8]]");
        assertThat(PromptReader.read(ids, front(bert, false, true)).ids(0)).containsExactly(1, 7, 8);
        int[] drawn = PromptReader.read("random:1x5", front(bert, false, false)).ids(0);
        int[] with = PromptReader.read("random:1x5", front(bert, false, true)).ids(0);
        assertThat(with[0]).isEqualTo(1);
        assertThat(Arrays.copyOfRange(with, 1, 6)).containsExactly(drawn);
        refused("random:1x8", front(bert, false, true)).hasMessageContaining("9 tokens each; tiny has a context of 8");
    }

    @Test
    void aLlamaLikeTokenizerPutsItsBosInFront() throws Exception {
        Path llama = Path.of(
                getClass().getResource("/tokenizers/llama/tokenizer.model").toURI());
        String text = file("p.txt", "in the beginning\n");
        PromptContext off = new PromptContext(
                1 << 20, 99, "tiny", Optional.of(llama), false, Optional.of(false), OptionalInt.empty());
        PromptContext on = new PromptContext(
                1 << 20, 99, "tiny", Optional.of(llama), false, Optional.of(true), OptionalInt.empty());
        int[] plain = PromptReader.read(text, off).ids(0);
        int[] with = PromptReader.read(text, on).ids(0);
        assertThat(with).hasSize(plain.length + 1).startsWith(1).endsWith(plain);
    }

    @Test
    void whatPutsNothingInFrontIsSaidInALine() throws IOException {
        refused("random:1x2", front(Tokenizer.gpt2(), false, true))
                .hasMessage("--bos: the tokenizer of tiny puts no special token in front of a text (tokenizer.json);"
                        + " leave the option out.");
        refused(
                        "random:1x2",
                        new PromptContext(
                                10, 8, "tiny", Optional.empty(), false, Optional.of(true), OptionalInt.empty()))
                .hasMessageContaining("--bos: tiny has no tokenizer");
    }

    private static PromptContext front(Path tokenizer, boolean special, boolean on) {
        return new PromptContext(10, 8, "tiny", Optional.of(tokenizer), special, Optional.of(on), OptionalInt.empty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"papr", "", "random", "prompts.csv", "Paper"})
    void anUnknownFormListsTheForms(String form) {
        refused(form, small())
                .hasMessage(
                        "Prompts '" + form
                                + "': unknown form; expected paper, random:COUNTxLENGTH[@SEED], FILE.json, FILE.jsonl, FILE.txt.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"random:", "random:5", "random:5x", "random:ax4", "random:2x4@", "random:2x4@x", "random:-1x4"})
    void aMalformedRandomFormShowsAnExample(String form) {
        refused(form, small())
                .hasMessage("Prompts '" + form
                        + "': expected random:COUNTxLENGTH[@SEED] with whole numbers, for example random:100x64 or"
                        + " random:8x32@7.");
    }

    @Test
    void senselessSizesAreRefused() {
        refused("random:0x4", small()).hasMessageContaining("at least 1, found 0x4");
        refused("random:4x0", small()).hasMessageContaining("at least 1, found 4x0");
        refused("random:100000000x4", small()).hasMessageContaining("at most 16777216 tokens in all");
        refused("random:999999999999999999x999999999999999999", small()).hasMessageContaining("too many");
    }

    @Test
    void generatedPromptsLongerThanTheContextSayWhatToUse() {
        refused("random:2x9", small())
                .hasMessage("Prompts 'random:2x9' have 9 tokens each; tiny has a context of 8. "
                        + "Use shorter ones, for example random:100x8.");
        refused("paper", new PromptContext(50257, 128, "short", Optional.empty(), false, OptionalInt.empty()))
                .hasMessage("Prompts 'paper' have 200 tokens each; short has a context of 128. "
                        + "Use shorter ones, for example random:100x64.");
        refused("paper", small()).hasMessageStartingWith("Prompts 'paper' have 200 tokens each; tiny");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "p.json  | []                          | : the file has no prompts.",
                "p.json  | {}                          | : expected a list of lists of token ids, or a list of strings, found an object.",
                "p.json  | [[1],[]]                    | , prompt 2: the prompt is empty; expected at least one token.",
                "p.json  | [[1],[3,100]]               | , prompt 2: token 2 is 100; the vocabulary of tiny has ids 0 to 99.",
                "p.json  | [[-1]]                      | , prompt 1: token 1 is -1; the vocabulary of tiny has ids 0 to 99.",
                "p.json  | [[4294967297]]              | , prompt 1: token 1 is 4294967297; the vocabulary of tiny has ids 0 to 99.",
                "p.json  | [[1.5]]                     | , prompt 1: token 1 is 1.5: expected a whole number, the token's id.",
                "p.json  | [[NaN]]                     | , prompt 1: token 1 is NaN: expected a whole number, the token's id.",
                "p.jsonl | {\"ids\":[1],\"ids\":[2]}   | , line 1: ids is there more than once; expected one value.",
                "p.json  | [[99999999999999999999]]    | , prompt 1: token 1 is 99999999999999999999: expected a whole number, the token's id.",
                "p.json  | [[\"1\"]]                   | , prompt 1: token 1 is a string: expected a whole number, the token's id.",
                "p.json  | [[null]]                    | , prompt 1: token 1 is null: expected a whole number, the token's id.",
                "p.json  | [1,2]                       | , prompt 1: expected a list of token ids or a string, found the number 1.",
                "p.json  | [[1],\"a\"]                 | , prompt 2 is a string and prompt 1 is a list: expected all lists of token ids, or all strings.",
                "p.json  | [[1,2,3,4,5,6,7,8,9]]       | , prompt 1: 9 tokens; tiny has a context of 8. Shorten the prompt.",
                "p.jsonl | {\"ids\":3}                 | , line 1: \"ids\" must be a list of token ids, found the number 3.",
                "p.jsonl | {\"text\":[1]}              | , line 1: \"text\" must be a string, found a list.",
                "p.jsonl | {\"prompt\":\"a\"}          | , line 1: expected {\"ids\": [...]} or {\"text\": \"...\"}, found neither.",
                "p.jsonl | {\"ids\":[1],\"text\":\"\"} | , line 1: expected {\"ids\": [...]} or {\"text\": \"...\"}, found both.",
                "p.jsonl | [1,2]                       | , line 1: expected {\"ids\": [...]} or {\"text\": \"...\"}, found a list.",
            })
    void malformedFilesAreRefusedByName(String name, String content, String message) throws IOException {
        String form = file(name, content);

        refused(form, small()).hasMessage(form + message);
    }

    @Test
    void emptyFilesAndLinesAreRefusedByName() throws IOException {
        refused(file("a.txt", ""), small()).hasMessageEndingWith("a.txt: the file has no prompts.");
        refused(file("a.jsonl", ""), small()).hasMessageEndingWith("a.jsonl: the file has no prompts.");
        refused(file("a.json", ""), small()).hasMessageEndingWith("a.json: the prompt file is empty; expected JSON.");
        refused(file("b.txt", "\n \n"), demo(false)).hasMessageEndingWith("b.txt: the file has no prompts.");
        refused(file("c.json", "[\"\"]"), demo(false))
                .hasMessageEndingWith("c.json, prompt 1: the prompt is empty; expected at least one token.");
    }

    @Test
    void blankLinesAreSkippedAndCounted() throws IOException {
        PromptSet set = PromptReader.read(file("b.txt", "\none\n \ntwo\n\n\nthree\n\n"), demo(false));
        assertThat(set.texts()).extracting(Optional::get).containsExactly("one", "two", "three");
        assertThat(set.blankLines()).isEqualTo(4); // those behind the last prompt are its file's end
        assertThat(set.describe()).endsWith("b.txt; 4 blank lines skipped)");
        assertThat(PromptReader.read(file("b.jsonl", "{\"ids\":[1]}\n\n{\"ids\":[2]}\n"), small())
                        .blankLines())
                .isEqualTo(1);
    }

    @Test
    void brokenJsonIsRefusedByLine() throws IOException {
        refused(file("a.jsonl", "{\"ids\":[1]}\n{\"ids\":[1\n"), small())
                .hasMessageEndingWith(
                        "a.jsonl, line 2: the prompt is not valid JSON: it ends before it is complete (column 10).");
        refused(file("b.jsonl", "{\"ids\":[1]}\n{\"ids\" [1]}\n"), small())
                .hasMessageEndingWith("'[' where a colon is expected (column 8).");
        refused(file("c.jsonl", "{\"ids\":[1 2]}\n"), small())
                .hasMessageEndingWith("'2' where a comma or the end of the object or list is expected (column 11).");
        refused(file("d.jsonl", "hello\n"), small())
                .hasMessageEndingWith("'hello' is no value; texts stand in double quotes (column 1).");
        refused(file("e.jsonl", "{'ids':[1]}\n"), small())
                .hasMessageEndingWith("''' where a name in double quotes is expected (column 2).");
        refused(file("a.json", "[[1],[2]"), small()).hasMessageContaining("a.json: the prompt file is not valid JSON");
    }

    @Test
    void missingAndUnreadableFilesAreNamed() throws IOException {
        Files.createDirectory(folder.resolve("d.txt"));

        refused(folder + "/no.json", small()).hasMessage(folder + "/no.json: no such prompt file.");
        refused(folder + "/d.txt", small())
                .hasMessageEndingWith("expected a prompt file, found a directory or a device.");
        refused("a\0.txt", small()).hasMessageContaining("not a file name");
    }

    @Test
    void hugeFilesAreRefusedUnread() throws IOException {
        Path huge = folder.resolve("huge.txt");
        try (RandomAccessFile sparse = new RandomAccessFile(huge.toFile(), "rw")) {
            sparse.setLength(PromptFile.MAX_BYTES + 1);
        }

        refused(huge.toString(), small()).hasMessageContaining("67108865 bytes; a prompt file has at most 67108864");
    }

    @Test
    void invalidUtf8IsRefusedByLineAndByte() throws IOException {
        Path latin1 = Files.write(folder.resolve("a.txt"), "one\ncaf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));

        refused(latin1.toString(), demo(false))
                .hasMessageEndingWith("a.txt, line 2: not valid UTF-8 (byte 8 of the file). Save the file as UTF-8.");
    }

    @Test
    void halfASurrogatePairIsRefused() throws IOException {
        refused(file("a.json", "[\"ok\",\"\\ud83d\"]"), demo(false))
                .hasMessageContaining("a.json, prompt 2: the text holds half a surrogate pair");
    }

    @Test
    void textWithoutATokenizerSaysWhichOption() throws IOException {
        refused(file("a.txt", "one\n"), small())
                .hasMessageEndingWith("a.txt, line 1 is text, and tiny has no tokenizer. "
                        + "Name one with --tokenizer FILE (a tokenizer.json).");
    }

    @Test
    void aTokenizerOfAnotherModelIsFoundOut() throws IOException {
        refused(file("a.txt", "Hello, world!\n"), small(Optional.of(DEMO_TOKENIZER), OptionalInt.empty()))
                .hasMessageContaining(
                        "a.txt, line 1: the tokenizer gives id 438; the vocabulary of tiny has ids 0 to 99.")
                .hasMessageContaining("--tokenizer FILE");
    }

    @Test
    void aContextThatIsNoneIsRefused() {
        assertThatThrownBy(() -> small(Optional.empty(), OptionalInt.of(0)))
                .hasMessage("--limit-prompts must be at least 1, found 0.");
        assertThatThrownBy(() -> new PromptContext(0, 8, "m", Optional.empty(), false, OptionalInt.empty()))
                .hasMessage("m: the vocabulary must have at least 1 token, found 0.");
    }
}
