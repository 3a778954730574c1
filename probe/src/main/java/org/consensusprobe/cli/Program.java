package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.consensusprobe.cli.models.ModelsCommand;
import org.consensusprobe.cli.runs.AttributeCommand;
import org.consensusprobe.cli.runs.CheckCommand;
import org.consensusprobe.cli.runs.CompareCommand;
import org.consensusprobe.cli.runs.DemoCommand;
import org.consensusprobe.cli.runs.DoctorCommand;
import org.consensusprobe.cli.runs.GenerateCommand;
import org.consensusprobe.cli.runs.KernelsCommand;
import org.consensusprobe.cli.runs.MeasuresCommand;
import org.consensusprobe.cli.runs.PlotCommand;
import org.consensusprobe.cli.runs.PromptsCommand;
import org.consensusprobe.cli.runs.ReproduceCommand;
import org.consensusprobe.cli.runs.RunCommand;
import org.consensusprobe.cli.runs.SettleCommand;
import org.consensusprobe.cli.runs.StatesCommand;
import org.consensusprobe.cli.runs.SweepCommand;
import org.consensusprobe.cli.runs.TimelineCommand;
import org.consensusprobe.cli.terminal.ProgramVersion;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.cli.theory.SimulateCommand;
import org.consensusprobe.cli.theory.SpectrumCommand;
import org.consensusprobe.cli.theory.TheoryCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Surroundings;
import org.consensusprobe.torch.Torch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code consensus}: the commands, and how they fail. */
@Command(
        name = "consensus",
        description = "Measures how the tokens of a transformer drift to consensus, layer by layer and pass by pass.",
        mixinStandardHelpOptions = true,
        versionProvider = ProgramVersion.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 done; 1 the run failed; 2 the command line or an input is wrong;",
            "3 a verdict asked for with --fail-if failed; 130 interrupted."
        })
public final class Program implements Runnable {
    private static final Set<String> VERSION = Set.of("--version", "-V");

    /** Commands that need libtorch, for estimates too, but not at once; unless an option of {@link #WITHOUT} is given. */
    private static final Set<String> WITH_LIBTORCH =
            Set.of("run", "demo", "sweep", "check", "settle", "attribute", "generate", "states");

    private static final Set<String> WITHOUT = Set.of("--help", "-h", "--version", "-V", "--collect", "--cancel");

    private static final List<Class<?>> COMMANDS = List.of(
            RunCommand.class,
            DemoCommand.class,
            SweepCommand.class,
            ReproduceCommand.class,
            CheckCommand.class,
            SettleCommand.class,
            AttributeCommand.class,
            TimelineCommand.class,
            StatesCommand.class,
            SpectrumCommand.class,
            TheoryCommand.class,
            PlotCommand.class,
            CompareCommand.class,
            MeasuresCommand.class,
            GenerateCommand.class,
            SimulateCommand.class,
            PromptsCommand.class,
            ModelsCommand.class,
            DoctorCommand.class,
            KernelsCommand.class,
            HelpCommand.class);

    @Spec
    private CommandSpec spec;

    private CompletableFuture<Void> libtorch = CompletableFuture.completedFuture(null);

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show stack traces of errors.")
    private boolean debug;

    @Option(
            names = "--progress",
            paramLabel = "HOW",
            scope = ScopeType.INHERIT,
            defaultValue = "auto",
            description =
                    "How progress is shown on standard error: auto (a bar on a terminal), plain (lines), or json (an"
                            + " object a line).")
    private void progress(Progress.Mode mode) {
        Progress.show(mode);
    }

    /** Whether the version is all that is asked for. */
    static boolean asksVersion(String... args) {
        return args.length == 1 && VERSION.contains(args[0]);
    }

    /** As {@link #run}, for the arguments that this process was started with. */
    static int runProcess(PrintWriter out, PrintWriter err, String... args) {
        try {
            Arguments.requireDecoded(args);
        } catch (Problem e) {
            err.println("consensus: " + e.getMessage());
            return e.exitCode();
        }
        return run(out, err, args);
    }

    /**
     * Runs a command line.
     *
     * @return the exit code of the contract
     */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        if (asksVersion(args)) {
            // gathering the commands would take longer than all else that this does
            for (String line : new ProgramVersion().getVersion()) {
                out.println(line);
            }
            return 0;
        }
        Surroundings.settle(System.getenv());
        quietLibraries();
        Program program = new Program();
        int code = program.execute(out, err, args);
        program.libtorch.join();
        return code;
    }

    static boolean needsLibtorch(String... args) {
        return args.length > 1
                && WITH_LIBTORCH.contains(args[0])
                && Stream.of(args).noneMatch(WITHOUT::contains);
    }

    private int execute(PrintWriter out, PrintWriter err, String... args) {
        CommandLine commandLine = commandLine(Arrays.asList(args)::contains)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(112)
                .setExecutionStrategy(parsed -> {
                    // not before: a mistyped command line would wait for it
                    if (needsLibtorch(args)) {
                        libtorch = Torch.startBeside();
                    }
                    return new CommandLine.RunLast().execute(parsed);
                })
                .setParameterExceptionHandler((e, a) -> wrongCommandLine(e))
                .setExecutionExceptionHandler((e, c, r) -> failed(c.getErr(), e));
        HelpText.flow(commandLine);
        int code = commandLine.execute(args);
        out.flush();
        err.flush();
        return code;
    }

    /** All commands with all their options. */
    static CommandLine commandLine() {
        return new Program().commandLine(name -> true);
    }

    // the options of twenty commands take half a second to gather: those that are not called have a name and a
    // description only
    private CommandLine commandLine(Predicate<String> called) {
        CommandLine program = new CommandLine(this);
        for (Class<?> type : COMMANDS) {
            Command about = type.getAnnotation(Command.class);
            program.addSubcommand(
                    about.name(),
                    called.test(about.name())
                            ? new CommandLine(type)
                            : CommandSpec.create()
                                    .usageMessage(new UsageMessageSpec()
                                            .hidden(about.hidden())
                                            .description(about.description())));
        }
        return program;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "No command given.");
    }

    private int wrongCommandLine(ParameterException e) {
        PrintWriter err = e.getCommandLine().getErr();
        if (e.getCause() instanceof Problem problem) {
            return failed(err, problem);
        }
        err.println("consensus: " + firstLine(e.getMessage()) + meant(e));
        err.println("Try: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return Problem.WRONG_INPUT;
    }

    /** The name that a mistyped option or command may have been meant for. */
    private static String meant(ParameterException e) {
        return e instanceof UnmatchedArgumentException unmatched
                ? unmatched.getSuggestions().stream()
                        .findFirst()
                        .map(name -> "; did you mean " + name + "?")
                        .orElse("")
                : "";
    }

    private int failed(PrintWriter err, Throwable e) {
        if (debug) {
            e.printStackTrace(err);
        }
        if (e instanceof Problem problem) {
            err.println("consensus: " + problem.getMessage());
            return problem.exitCode();
        }
        if (e instanceof OutOfMemoryError) {
            err.println("consensus: out of memory. Use fewer prompts, a smaller --chunk, or a lower --memory.");
            return Problem.FAILED;
        }
        err.println("consensus: unexpected error: " + e.getClass().getSimpleName() + ": "
                + firstLine(String.valueOf(e.getMessage())));
        err.println("Run again with --debug for the stack trace, and report it, please.");
        return Problem.FAILED;
    }

    private static String firstLine(String text) {
        return Arrays.stream(text.split("\\R")).findFirst().orElse(text);
    }

    // what libraries log is no news to a user unless it is an error
    private static void quietLibraries() {
        if (System.getProperty("org.slf4j.simpleLogger.defaultLogLevel") == null) {
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
        }
    }
}
