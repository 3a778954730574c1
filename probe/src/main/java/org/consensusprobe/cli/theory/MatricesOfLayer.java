package org.consensusprobe.cli.theory;

import java.io.PrintWriter;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.theory.CheckpointMatrices;
import org.consensusprobe.theory.LearnedMatrices;
import org.consensusprobe.weights.Checkpoint;

/** What {@code --matrices M:LAYER[:HEAD]} names. */
final class MatricesOfLayer {
    private static final Pattern FORM = Pattern.compile("(.+?):(\\d{1,5})(?::(\\d{1,5}))?");

    private MatricesOfLayer() {}

    /** Reads the matrices of a layer, or of one of its heads. */
    static LearnedMatrices read(String text, boolean offline, PrintWriter err) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw Problem.input(
                    "--matrices %s: expected M:LAYER or M:LAYER:HEAD, such as demo-gpt2:3 or demo-gpt2:3:1.",
                    Shown.text(text));
        }
        ModelLookup.Found found = Terminal.models(offline, err).find(form.group(1), WeightMode.TRAINED);
        Transformer.Sizes sizes = found.subject().transformer().sizes();
        int layer = below("layer", form.group(2), sizes.layers(), text);
        OptionalInt head = form.group(3) == null
                ? OptionalInt.empty()
                : OptionalInt.of(below("head", form.group(3), sizes.heads(), text));
        Checkpoint files = found.subject()
                .checkpoint()
                .orElseThrow(() -> Problem.input("--matrices %s: the model has no files here.", Shown.text(text)));
        return CheckpointMatrices.read(found.subject().name(), found.subject().transformer(), files, layer, head);
    }

    private static int below(String what, String digits, int count, String text) {
        int value = Integer.parseInt(digits);
        if (value >= count) {
            throw Problem.input(
                    "--matrices %s: %s %d is not there; expected 0 to %d.", Shown.text(text), what, value, count - 1);
        }
        return value;
    }
}
