package org.consensusprobe.cli.options;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What commands share: {@code --help}, options in the order they are written, their own description, an exit code. */
@Command(mixinStandardHelpOptions = true, sortOptions = false)
public abstract class ConsoleCommand implements Callable<Integer> {
    /** This command as it was called: its output, its errors, what was parsed. */
    @Spec
    protected CommandSpec spec;
}
