package org.consensusprobe.cli.terminal;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.Home;

/** The installation that this process was started from. */
public final class Installation {
    private static final List<String> PASSED_ON =
            List.of("ai.djl.offline", "OPT_OUT_TRACKING", "RUST_FLAVOR", "java.awt.headless");

    private Installation() {}

    /** The words that start the program again, on this machine or another that sees the same folders. */
    public static List<String> command() {
        String launcher = System.getProperty("consensus.launcher");
        if (launcher != null) {
            return List.of(launcher);
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dconsensus.home=" + Home.directory()));
        PASSED_ON.stream()
                .filter(name -> System.getProperty(name) != null)
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.add("-cp");
        command.add(Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(part ->
                        part.isEmpty() ? part : Path.of(part).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator)));
        command.add("org.consensusprobe.cli.Main");
        return command;
    }
}
