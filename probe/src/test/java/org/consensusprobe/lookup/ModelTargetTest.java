package org.consensusprobe.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.common.Problem;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.model.KnownModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTargetTest {
    private static final KnownModels KNOWN = KnownModels.installed();

    @TempDir
    Path folder;

    @Test
    void anAliasIsAModelOfTheHubOrABundledFolder() {
        assertThat(id("gpt2-xl").repository()).isEqualTo("openai-community/gpt2-xl");
        assertThat(id("gpt2-xl").isPinned()).isTrue();
        assertThat(id("gpt2-xl@main")).hasToString("openai-community/gpt2-xl@main");
        assertThat(ModelTarget.parse("demo-gpt2", KNOWN).path()).get().satisfies(d -> assertThat(d)
                .isDirectoryContaining("glob:**/config.json"));
    }

    @Test
    void anIdMayHaveARevision() {
        assertThat(id("org/name")).hasToString("org/name@main");
        assertThat(id("org/name@refs/pr/1")).hasToString("org/name@refs/pr/1");
    }

    @Test
    void aFolderWinsOverAnId() throws Exception {
        Path model = Files.createDirectories(folder.resolve("a/b"));

        assertThat(ModelTarget.parse(model.toString(), KNOWN).path()).contains(model);
    }

    @Test
    void aTextThatIsNothingSaysWhatWouldBeSomething() {
        assertThatThrownBy(() -> id("gtp2-xl"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("Unknown model 'gtp2-xl'; did you mean gpt2-xl?")
                .hasMessageContaining("org/name[@revision]");
        assertThatThrownBy(() -> id("something-else-entirely"))
                .hasMessageContaining("known are demo-gpt-neo, demo-gpt2");
        assertThatThrownBy(() -> id("./nothing-here")).hasMessageContaining("./nothing-here: no such directory");
        assertThatThrownBy(() -> id("/nothing/here/at/all")).hasMessageContaining("no such directory");
        assertThatThrownBy(() -> id("demo-gpt2@main")).hasMessageContaining("demo-gpt2 is bundled with the program");
        assertThatThrownBy(() -> id("org/na--me")).hasMessageContaining("'org/na--me' is no model id");
    }

    private static ModelId id(String text) {
        return ModelTarget.parse(text, KNOWN).id().orElseThrow();
    }
}
