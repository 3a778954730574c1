package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.consensusprobe.common.Home;
import org.consensusprobe.torch.Torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The POSIX launcher, in a copy of the project with a java and a mvn that only tell how they were called. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "a POSIX shell script")
@Tag("slow")
class LauncherTest {
    private static final List<String> TOOLS = List.of(
            "sh",
            "dirname",
            "readlink",
            "find",
            "head",
            "tail",
            "mkdir",
            "mv",
            "rmdir",
            "touch",
            "sleep",
            "cat",
            "env",
            "grep",
            "rm",
            "cksum",
            "sort",
            "uname");

    @TempDir
    Path folder;

    private Path home;
    private Path bin;
    private Path elsewhere;

    private record Result(int exit, String out, String err) {}

    @BeforeEach
    void makeAProject() throws IOException {
        home = Files.createDirectories(folder.toRealPath().resolve("my project"));
        Files.copy(Home.directory().resolve("consensus"), home.resolve("consensus"));
        Files.createDirectories(home.resolve("probe/target"));
        Files.createDirectories(home.resolve("probe/src/main"));
        Files.writeString(home.resolve("probe/src/main/A.java"), "");
        Files.writeString(home.resolve("pom.xml"), "");
        Files.writeString(home.resolve("probe/pom.xml"), "");
        elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        bin = Files.createDirectory(folder.resolve("bin"));
        for (String tool : TOOLS) {
            tool(tool, "exec " + find(tool) + " \"$@\"");
        }
        tool("java", "echo \"in $PWD\"; for a in \"$@\"; do echo \"<$a>\"; done; env; exit 7");
    }

    private static Path find(String tool) {
        for (String place : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(place, tool))) {
                return Path.of(place, tool);
            }
        }
        throw new IllegalStateException("no " + tool + " on PATH");
    }

    private void tool(String name, String script) throws IOException {
        Path file = Files.writeString(bin.resolve(name), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void built() throws IOException {
        Files.writeString(home.resolve("probe/target/probe.jar"), "");
        Path marker = Files.writeString(home.resolve("probe/target/built"), "");
        Files.setLastModifiedTime(marker, FileTime.from(Instant.now().plusSeconds(5)));
    }

    private Result launch(Path script, Map<String, String> environment, String... args) throws Exception {
        return finish(start(script, environment, args));
    }

    private Process start(Path script, Map<String, String> environment, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(elsewhere.toFile())
                .redirectOutput(folder.resolve("out.txt").toFile())
                .redirectError(folder.resolve("err.txt").toFile());
        builder.environment().clear();
        builder.environment().put("PATH", bin.toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private Result finish(Process process) throws Exception {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), read("out.txt"), read("err.txt"));
    }

    private String read(String file) throws IOException {
        return Files.readString(folder.resolve(file), StandardCharsets.UTF_8);
    }

    @Test
    void startsTheBuiltProgramWhereTheUserIs() throws Exception {
        built();

        Result result = launch(home.resolve("consensus"), Map.of(), "run", "--model", "a b", "", "$x");

        assertThat(result.exit()).isEqualTo(7);
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains("in " + elsewhere.toRealPath())
                .contains("<org.consensusprobe.cli.Main>\n<run>\n<--model>\n<a b>\n<>\n<$x>\n")
                .contains("<-Dconsensus.home=" + home + ">", "<-Dconsensus.terminal=false>")
                .contains("<-Dai.djl.offline=true>", "<-DOPT_OUT_TRACKING=true>")
                .contains("<" + home + "/probe/target/probe.jar:" + home + "/probe/target/lib/*>")
                .contains("MKL_CBWR=" + modeOfMkl() + "\n", "MALLOC_MMAP_THRESHOLD_=");
    }

    /** AMD's processors have no strict mode to ask for, and are slower without a word. */
    private static String modeOfMkl() {
        Map<String, Object> processor = Torch.processor();
        boolean amd = processor.get("vendor").equals("AuthenticAMD");
        return amd && ((List<?>) processor.get("features")).contains("avx2") ? "AVX2" : "AUTO,STRICT";
    }

    @Test
    void findsItsHomeThroughSymlinks() throws Exception {
        built();
        Path absolute = Files.createSymbolicLink(bin.resolve("consensus"), home.resolve("consensus"));
        Path relative = Files.createSymbolicLink(elsewhere.resolve("c"), Path.of("../bin/consensus"));
        Path ofFolder = Files.createSymbolicLink(folder.resolve("linked"), home);

        for (Path link : List.of(absolute, relative, ofFolder.resolve("consensus"))) {
            assertThat(launch(link, Map.of()).out()).as(link.toString()).contains("<-Dconsensus.home=" + home + ">");
        }
        assertThat(launch(Path.of("./c"), Map.of()).out()).contains("<-Dconsensus.home=" + home + ">");
    }

    @Test
    void theUsersOwnSettingsWin() throws Exception {
        built();
        Path jdk = Files.createDirectories(folder.resolve("jdk/bin")).getParent();
        Files.move(bin.resolve("java"), jdk.resolve("bin/java"));
        Map<String, String> environment =
                Map.of("JAVA_HOME", jdk.toString(), "MKL_CBWR", "COMPATIBLE", "CONSENSUS_JAVA_OPTIONS", "-Xmx2g -Dx=y");

        Result result = launch(home.resolve("consensus"), environment, "--version");

        assertThat(result.out()).contains("MKL_CBWR=COMPATIBLE\n", "<-Xmx2g>\n<-Dx=y>\n", "<--version>\n");
    }

    @Test
    void buildsOnceAndAgainWhenSourcesChange() throws Exception {
        tool("mvn", "echo \"$PWD $*\" >> \"" + folder.resolve("builds.txt") + "\"; : > probe/target/probe.jar");

        Result first = launch(home.resolve("consensus"), Map.of(), "run");
        assertThat(first.exit()).isEqualTo(7);
        assertThat(first.err()).startsWith("consensus: building (once");
        assertThat(first.out()).contains("<run>");
        assertThat(launch(home.resolve("consensus"), Map.of(), "run").err()).isEmpty();
        assertThat(folder.resolve("builds.txt")).content().hasLineCount(1).contains(home.toString(), "package");

        Path source = Files.writeString(home.resolve("probe/src/main/A.java"), "class A {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        assertThat(launch(home.resolve("consensus"), Map.of(), "run").err()).startsWith("consensus: building");
        assertThat(folder.resolve("builds.txt")).content().hasLineCount(2);
        assertThat(home.resolve("probe/target/build.lock")).doesNotExist();
    }

    @Test
    void saysWhatABuildNeedsAndHowItFailed() throws Exception {
        Result none = launch(home.resolve("consensus"), Map.of(), "run");
        assertThat(none.exit()).isEqualTo(2);
        assertThat(none.err()).contains("mvn was not found").hasLineCount(1);

        tool("mvn", "echo 'ERROR: no such plugin'; exit 1");
        Result failed = launch(home.resolve("consensus"), Map.of(), "run");
        assertThat(failed.exit()).isEqualTo(1);
        assertThat(failed.err()).contains("ERROR: no such plugin", "the build failed; the whole log is " + home);
        assertThat(home.resolve("probe/target/build.lock")).doesNotExist();

        Files.delete(bin.resolve("java"));
        Result noJava = launch(home.resolve("consensus"), Map.of(), "run");
        assertThat(noJava.exit()).isEqualTo(2);
        assertThat(noJava.err())
                .contains("no java found; install a JDK 17 or newer")
                .hasLineCount(1);
    }

    private void mavenThatBuilds() throws IOException {
        tool("mvn", "echo built >> \"" + folder.resolve("builds.txt") + "\"; : > probe/target/probe.jar");
    }

    private Path lock(String owner) throws IOException {
        Path lock = Files.createDirectories(home.resolve("probe/target/build.lock"));
        return owner.isEmpty() ? lock : Files.writeString(lock.resolve("owner"), owner + "\n");
    }

    private static String thisMachine() throws Exception {
        Process uname = new ProcessBuilder("uname", "-n").start();
        String host = new String(uname.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        Path boot = Path.of("/proc/sys/kernel/random/boot_id");
        return host + " " + (Files.exists(boot) ? Files.readString(boot).strip() : "unknown");
    }

    @Test
    void datesAloneBuildNothing() throws Exception {
        mavenThatBuilds();
        Path source = home.resolve("probe/src/main/A.java");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1_000_000)));

        for (int start = 0; start < 3; start++) {
            assertThat(launch(home.resolve("consensus"), Map.of(), "run").exit())
                    .isEqualTo(7);
        }
        assertThat(folder.resolve("builds.txt")).content().hasLineCount(1);

        Files.writeString(source, "class A {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1_000_000)));
        launch(home.resolve("consensus"), Map.of(), "run");
        assertThat(folder.resolve("builds.txt")).content().hasLineCount(2);
    }

    @Test
    void aLockOfTheDeadHoldsNobodyUp() throws Exception {
        mavenThatBuilds();
        List<String> dead = List.of(
                "4194305 " + thisMachine(), // beyond the largest process number
                ProcessHandle.current().pid() + " " + thisMachine().split(" ")[0] + " another-start",
                "");

        for (String owner : dead) {
            lock(owner);
            Files.deleteIfExists(home.resolve("probe/target/probe.jar"));
            Result result = launch(home.resolve("consensus"), Map.of(), "run");
            assertThat(result.exit()).as(owner).isEqualTo(7);
            assertThat(result.err()).contains("a build was killed and left its lock");
            assertThat(home.resolve("probe/target/build.lock")).doesNotExist();
        }
    }

    @Test
    void aBuildThatRunsIsWaitedForAndNamed() throws Exception {
        mavenThatBuilds();
        Path owner = lock(ProcessHandle.current().pid() + " " + thisMachine());

        Process waiting = start(home.resolve("consensus"), Map.of(), "run");
        while (!read("err.txt").contains("\n")) {
            assertThat(waiting.isAlive()).isTrue();
            Thread.sleep(20);
        }
        Files.delete(owner);
        Files.delete(owner.getParent());

        assertThat(finish(waiting).err())
                .startsWith("consensus: waiting for another build (process "
                        + ProcessHandle.current().pid() + " on ");
    }

    @Test
    void aFolderThatCannotBeWrittenToIsNamedAtOnce() throws Exception {
        mavenThatBuilds();
        Files.delete(home.resolve("probe/target"));
        Files.writeString(home.resolve("probe/target"), "in the way, as permissions would be for others than root");

        Result result = launch(home.resolve("consensus"), Map.of(), "run");

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err())
                .contains(home + "/probe/target cannot be written to")
                .hasLineCount(2);
    }

    @Test
    void aKilledBuildGivesItsLockBack() throws Exception {
        tool("mvn", "exec sleep 30");
        Process building = start(home.resolve("consensus"), Map.of(), "run");
        while (!Files.exists(home.resolve("probe/target/build.lock/owner"))) {
            assertThat(building.isAlive()).isTrue();
            Thread.sleep(20);
        }
        building.descendants().forEach(ProcessHandle::destroy);
        building.destroy();

        assertThat(finish(building).exit()).isIn(1, 143);
        assertThat(home.resolve("probe/target/build.lock")).doesNotExist();
    }

    @Test
    void theProgramHasUtf8WhateverTheLocale() throws Exception {
        built();

        for (String locale : List.of("C", "POSIX", "tr_TR.ISO-8859-9", "")) {
            Result result = launch(home.resolve("consensus"), Map.of("LC_ALL", locale, "TMPDIR", "/a b"), "café");
            assertThat(result.out())
                    .contains("LC_ALL=C.UTF-8\n", "<-Dfile.encoding=UTF-8>\n", "<-Djava.io.tmpdir=/a b>\n", "<café>\n");
        }
    }

    @Test
    void keepsTheClassesOfAStartOnceForEveryBuild() throws Exception {
        built();
        Path archive = home.resolve("probe/target/probe.jsa");
        tool(
                "java",
                "for a in \"$@\"; do case $a in -XX:SharedArchiveFile=*) file=${a#*=};; -Xshare:dump) dump=1;;"
                        + " -XX:DumpLoadedClassList=*) printf 'a/Class\\n@lambda-proxy b ()Lpicocli/Old;\\n' > \"${a#*=}\";;"
                        + " -XX:SharedClassListFile=*) cat \"${a#*=}\" > '" + folder + "/classes.txt';; esac; done\n"
                        + "echo \"$*\" >> '" + folder + "/starts.txt'\n[ -z \"$dump\" ] || echo classes > \"$file\"");

        for (int start = 0; start < 2; start++) {
            assertThat(launch(home.resolve("consensus"), Map.of("CONSENSUS_JAVA_OPTIONS", "-Dx=y"), "--version")
                            .exit())
                    .isZero();
        }

        List<String> starts = Files.readAllLines(folder.resolve("starts.txt"));
        assertThat(starts).hasSize(4);
        assertThat(starts.get(0))
                .contains("-XX:DumpLoadedClassList=", "run --model demo-gpt2")
                .doesNotContain("-Dx=y");
        assertThat(starts.get(1)).contains("-Xshare:dump");
        assertThat(folder.resolve("classes.txt")).hasContent("a/Class\n");
        assertThat(starts.subList(2, 4))
                .allMatch(line ->
                        line.contains("-XX:SharedArchiveFile=" + archive + " -Dx=y") && line.endsWith("--version"));
        assertThat(archive.resolveSibling("probe.jsa.made")).doesNotExist();

        Files.setLastModifiedTime(
                home.resolve("probe/target/probe.jar"),
                FileTime.from(Instant.now().plusSeconds(60)));
        launch(home.resolve("consensus"), Map.of(), "--version");
        assertThat(Files.readAllLines(folder.resolve("starts.txt"))).hasSize(7);
    }

    @Test
    void whatEndsAtOnceIsNotOptimised() throws Exception {
        built();

        for (List<String> quick : List.of(List.of("--version"), List.of("help", "run"), List.of("models", "list"))) {
            assertThat(launch(home.resolve("consensus"), Map.of(), quick.toArray(String[]::new))
                            .out())
                    .contains("<-XX:TieredStopAtLevel=1>");
        }
        for (List<String> slow : List.of(List.of("run"), List.of("--debug", "run"), List.of("models", "verify"))) {
            assertThat(launch(home.resolve("consensus"), Map.of(), slow.toArray(String[]::new))
                            .out())
                    .doesNotContain("TieredStopAtLevel");
        }
    }

    @Test
    void whatCannotBeKeptIsTriedOnce() throws Exception {
        built();

        launch(home.resolve("consensus"), Map.of(), "--version");

        assertThat(home.resolve("probe/target/probe.jsa")).isEmptyFile();
        assertThat(launch(home.resolve("consensus"), Map.of(), "--version").out())
                .contains("<--version>")
                .doesNotContain("SharedArchiveFile");
    }
}
