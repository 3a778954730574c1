package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.common.Problem;
import org.consensusprobe.report.PairedFiles;
import org.consensusprobe.report.Section;
import org.consensusprobe.report.stats.PairedRuns;
import org.consensusprobe.report.stats.Pairing;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus compare}: several finished runs side by side, with intervals. */
@Command(
        name = "compare",
        description = {
            "Compare finished runs: errors, depths and rates with 95 %% intervals, and how each differs from the first.",
            "Prints a table; writes compare.csv, compare.json, compare.png, compare.svg and report.html.",
            "Runs that differ in --seed only are also taken together, as draws of the same random weights.",
            "With --paired two runs on the same prompts are held against each other depth by depth, to say where a checkpoint and",
            "its fine-tune, two training steps or two scales of an adapter differ."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  consensus compare results/gpt2-trained results/gpt2-random",
            "  consensus compare full no-ff --out full-against-no-ff",
            "  consensus compare SWEEP/runs/* --baseline weights=random",
            "  consensus compare --paired results/base results/tuned",
            "  consensus compare RUN RUN --json | jq '.differences[]'"
        })
public final class CompareCommand extends ConsoleCommand {
    private static final String NAME = "compare";

    @Parameters(
            arity = "1..*",
            paramLabel = "RUN",
            description =
                    "Run directories, two or more; the others are compared with the first, unless --baseline says otherwise.")
    private List<Path> runs;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the files go (default: a new folder in results/).")
    private Path out;

    @Option(
            names = "--baseline",
            paramLabel = "RUN|FIELD=VALUE",
            description =
                    "What the others are compared with: one of the runs; or, for each run, the one that differs from it in that"
                            + " field alone and has that value there, such as weights=random (default: the first run, and for runs that"
                            + " differ in one field only, each other).")
    private String baseline;

    @Option(
            names = "--paired",
            description =
                    "Hold two runs, BASE and TUNED, against each other at every depth: differences by layer and pass of the error"
                            + " and of every measure that both recorded with one number a depth, with 95 %% intervals over prompts and"
                            + " Holm's correction over depths. Both must have gone the same way on the same prompts. Writes"
                            + " paired.csv, paired.json, paired.png, paired.svg and report.html.")
    private boolean paired;

    @Option(names = "--force", description = "Replace the comparison that --out holds.")
    private boolean force;

    @Option(names = "--json", description = "Print compare.json in place of the table.")
    private boolean json;

    @Override
    public Integer call() {
        List<RunReader> opened = runs.stream().map(RunReader::open).toList();
        if (paired) {
            return paired(opened, Section.of("", "", opened));
        }
        ComparedRuns compared =
                ComparedRuns.of(opened, baseline == null ? Pairing.found() : Pairing.of(baseline, opened));
        Path folder = out != null ? out : OutFolder.fresh(NAME);
        OutFolder.prepare(folder, force, ComparedRuns.FILES);
        compared.write(folder);
        PrintWriter stdout = spec.commandLine().getOut();
        if (json) {
            stdout.print(compared.json());
            compared.comparison()
                    .warnings()
                    .forEach(w -> spec.commandLine().getErr().println("note: " + w));
        } else {
            compared.print(stdout, folder);
        }
        return 0;
    }

    private int paired(List<RunReader> opened, Section section) {
        if (baseline != null) {
            throw Problem.input("--paired and --baseline: give one of them; with --paired the first run is the base.");
        }
        PairedRuns found = PairedRuns.of(
                opened, section.entries().stream().map(Section.Entry::label).toList());
        Path folder = out != null ? out : OutFolder.fresh(PairedFiles.NAME);
        OutFolder.prepare(folder, force, PairedFiles.ALL);
        PairedFiles.write(found, section.common(), folder);
        PrintWriter stdout = spec.commandLine().getOut();
        if (json) {
            stdout.println(PairedFiles.json(found).toPrettyString());
            found.notes().forEach(note -> spec.commandLine().getErr().println("note: " + note));
            return 0;
        }
        ComparisonText.print(stdout, section.common(), found);
        stdout.println("report: " + folder.resolve(RunDirectory.REPORT));
        stdout.println("files:  " + folder.resolve(PairedFiles.NAME) + ".csv, .json, .png, .svg");
        return 0;
    }
}
