package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelNameTest {
    @TempDir
    Path folder;

    private List<KnownModel> known;

    @BeforeEach
    void writeModels() throws IOException {
        Files.writeString(
                folder.resolve("gpt2-xl.json"),
                "{\"alias\": \"gpt2-xl\", \"hub_id\": \"openai-community/gpt2-xl\", \"revision\": \"15ea56d\","
                        + " \"parameters\": 1557611200}");
        Files.writeString(folder.resolve("demo.json"), "{\"alias\": \"demo\", \"directory\": \"demo-gpt2\"}");
        Files.createDirectory(folder.resolve("demo-gpt2"));
        known = KnownModel.readAll(folder);
    }

    @Test
    void anAliasIsAModelOfTheHubOrABundledFolder() {
        assertThat(id("gpt2-xl")).hasToString("openai-community/gpt2-xl@15ea56d");
        assertThat(id("gpt2-xl@main")).hasToString("openai-community/gpt2-xl@main");
        assertThat(ModelName.parse("demo", known).directory()).contains(folder.resolve("demo-gpt2"));
        assertThat(known).extracting(m -> m.parameters().orElse(-1)).containsExactly(-1L, 1557611200L);
    }

    @Test
    void anIdMayHaveARevision() {
        assertThat(id("org/name")).hasToString("org/name@main");
        assertThat(id("org/name@refs/pr/1")).hasToString("org/name@refs/pr/1");
    }

    @Test
    void aFolderWinsOverAnId() {
        assertThat(ModelName.parse(folder.resolve("demo-gpt2").toString(), known)
                        .id())
                .isEmpty();
    }

    @Test
    void aTextThatIsNothingListsWhatIsKnown() {
        assertThatThrownBy(() -> id("gpt3"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("gpt3: no model of this name. Known are demo, gpt2-xl;");
        assertThatThrownBy(() -> id("./nothing-here")).hasMessageContaining("./nothing-here: no such directory");
        assertThatThrownBy(() -> id("/nothing/here/at/all")).hasMessageContaining("no such directory");
        assertThatThrownBy(() -> id("demo@main")).hasMessageContaining("demo is bundled with the program");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org/na--me",
                "org/..",
                "org/name.git",
                "-org/name",
                "org/-name",
                "org/na me",
                "org/näme",
                "org/",
                "org/name@",
                "org/name@../x",
                "org/name@a/../b",
                "org/name@/x",
                "org/name@a//b",
                "org/name@a\\b",
                "org/name@.hidden",
                "org/name@a\nb"
            })
    void namesThatTheHubForbidsAreRefused(String text) {
        assertThatThrownBy(() -> ModelId.parse(text))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("expected");
    }

    @Test
    void foldersOfTheCacheAreModelsOrNot() {
        assertThat(ModelId.parse("openai-community/gpt2-xl").folder()).isEqualTo("models--openai-community--gpt2-xl");
        assertThat(ModelId.repositoryOfFolder("models--openai-community--gpt2-xl"))
                .contains("openai-community/gpt2-xl");
        assertThat(ModelId.repositoryOfFolder("models--gpt2")).contains("gpt2");
        assertThat(ModelId.repositoryOfFolder("datasets--org--x")).isEmpty();
        assertThat(ModelId.repositoryOfFolder("models--a--b--c")).isEmpty();
    }

    @Test
    void descriptionsThatAreNoneAreRefused() throws IOException {
        Path file = folder.resolve("bad.json");
        Files.writeString(file, "{\"alias\": \"x\"}");
        assertThatThrownBy(() -> KnownModel.readAll(folder))
                .hasMessageContaining("bad.json: expected either 'hub_id' or 'directory'");
        Files.writeString(file, "{\"alias\": \"x\", \"directory\": \"../../etc\"}");
        assertThatThrownBy(() -> KnownModel.readAll(folder)).hasMessageContaining("expected a folder beside the file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/x", "..", "a/../b", "a/./b", "a//b", "a/", "C:x", "a\\b", "a\u0000b", "a\nb"})
    void pathsThatLeaveTheirFolderAreUnsafe(String path) {
        assertThat(RemoteFile.isSafePath(path)).isFalse();
    }

    @Test
    void etagsAreFileNamesOrNothing() {
        assertThat(Etag.ofHeader("W/\"abc-1\"")).contains(new Etag("abc-1"));
        for (String bad : new String[] {null, "", "\"\"", "../x", "a/b", "a\\b", ".x", "a".repeat(300)}) {
            assertThat(Etag.ofHeader(bad)).as(bad).isEqualTo(Optional.empty());
        }
        assertThat(new Etag("a".repeat(64)).isContentHash()).isTrue();
        assertThat(new Etag("a".repeat(63)).isContentHash()).isFalse();
    }

    @Test
    void bytesReadLikeTheHubs() {
        assertThat(Bytes.text(0)).isEqualTo("0 B");
        assertThat(Bytes.text(999)).isEqualTo("999 B");
        assertThat(Bytes.text(1000)).isEqualTo("1.00 kB");
        assertThat(Bytes.text(6_431_829_964L)).isEqualTo("6.43 GB");
        assertThat(Bytes.text(99_960_000)).isEqualTo("100 MB");
    }

    private ModelId id(String text) {
        return ModelName.parse(text, known).id().orElseThrow();
    }
}
