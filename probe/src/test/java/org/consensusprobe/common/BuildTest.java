package org.consensusprobe.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class BuildTest {
    @Test
    void knowsItsCommit() {
        assumeTrue(Files.exists(Home.directory().resolve(".git")), "built outside of git: there is no commit to know");
        assertThat(Build.commit().orElseThrow()).matches("[0-9a-f]{40}(-dirty)?");
    }
}
