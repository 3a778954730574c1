package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelIdTest {
    @Test
    void anIdMayHaveARevision() {
        assertThat(ModelId.parse("org/name")).hasToString("org/name@main");
        assertThat(ModelId.parse("org/name@refs/pr/1")).hasToString("org/name@refs/pr/1");
        assertThat(ModelId.parse("gpt2").repository()).isEqualTo("gpt2");
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
}
