package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.consensusprobe.cli.terminal.Interruption;

/** The program's entry point; the only place that ends the process. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        StandardOutput stdout = new StandardOutput();
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        if (!Program.asksVersion(args)) {
            Interruption.watch();
        }
        int code = Program.runProcess(stdout.writer(), err, args);
        Interruption.commandEnded();
        System.exit(stdout.exitCode(code, err));
    }
}
