package org.consensusprobe.cli.runs;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.experiment.units.Splitting;
import picocli.CommandLine.Option;

/** The options of a sweep that are about making it in parts. */
final class UnitOptions {
    private static final Pattern TIME = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(s|sec|m|min|h|d|)");
    private static final int MOST_SHARES = 100_000;

    @Option(
            names = "--split-prompts",
            paramLabel = "K",
            description =
                    "Cut every run into K shares of its prompts, where chunks end; put together, they are the run, byte for"
                            + " byte. Runs whose prompts are measured together stay whole.")
    Integer splitPrompts;

    @Option(
            names = "--unit-time",
            paramLabel = "TIME",
            description =
                    "A run of more than that is cut into shares, and short ones are put together to tasks of at least that"
                            + ", such as 30s or 2h (default: 10m).")
    String unitTime;

    @Option(names = "--list-units", description = "List the units: runs, and shares of runs; run nothing.")
    boolean listUnits;

    @Option(names = "--json", description = "With --list-units: for scripts.")
    boolean json;

    @Option(
            names = "--unit",
            paramLabel = "I/N",
            description =
                    "Make the I-th of N parts of the sweep, of about the same length; auto (or auto/N) asks the scheduler's"
                            + " environment. Parts can be made at once, on any machines that share DIR.")
    String unit;

    @Option(
            names = "--tries",
            paramLabel = "N",
            description =
                    "How often a unit that fails, or is killed without coming any further, is begun in all (default: 3).")
    Integer tries;

    @Option(
            names = "--collect",
            description = "Put shares together, and make tables, report and figure of what is finished.")
    boolean collect;

    /** How the sweep is cut. */
    Splitting splitting() {
        int shares = splitPrompts == null ? 1 : splitPrompts;
        if (shares < 1 || shares > MOST_SHARES) {
            throw Problem.input("--split-prompts %d: expected 1 to %d shares.", shares, MOST_SHARES);
        }
        return new Splitting(shares, unitTime == null ? Splitting.DEFAULT_SECONDS : seconds(unitTime));
    }

    private static double seconds(String text) {
        Matcher time = TIME.matcher(text.strip().toLowerCase(Locale.ROOT));
        double value = time.matches() ? Double.parseDouble(time.group(1)) : 0;
        if (!(value > 0)) {
            throw Problem.input("--unit-time %s: expected a time such as 30s, 10m or 2h.", Shown.text(text));
        }
        return value
                * switch (time.group(2)) {
                    case "m", "min" -> 60;
                    case "h" -> 3600;
                    case "d" -> 86400;
                    default -> 1;
                };
    }

    /** How often a unit is begun. */
    int triesOr(int otherwise) {
        if (tries != null && (tries < 1 || tries > 1000)) {
            throw Problem.input("--tries %d: expected 1 to 1000.", tries);
        }
        return tries == null ? otherwise : tries;
    }

    /** The options given that say what to do; one of them at most. */
    List<String> verbs() {
        return Stream.of(listUnits ? "--list-units" : "", unit != null ? "--unit" : "", collect ? "--collect" : "")
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /** Whether any of them is given: a sweep on this machine alone has no units. */
    boolean cutsAnything() {
        return splitPrompts != null || unitTime != null || tries != null;
    }
}
