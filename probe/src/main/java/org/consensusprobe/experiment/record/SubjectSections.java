package org.consensusprobe.experiment.record;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.IntStream;
import org.consensusprobe.doctor.Trust;
import org.consensusprobe.model.ImageInput;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.prompts.Images;

/** Sections of a manifest on what only some runs have. */
final class SubjectSections {
    /** Images named; there may be thousands. */
    private static final int LISTED = 100;

    private SubjectSections() {}

    /** What images entered, and where their patches stand. */
    static void images(ObjectNode section, Images images, Transformer model) {
        ImageInput input = model.images().orElseThrow();
        ImageInput.Grid grid = input.grid(images.size().height(), images.size().width());
        section.put("channels", images.size().channels());
        section.put("height", images.size().height());
        section.put("width", images.size().width());
        section.put("tokens_before_patches", input.before());
        section.put("patch_rows", grid.rows());
        section.put("patch_columns", grid.columns());
        section.put("processing", images.processing());
        ArrayNode names = section.putArray("first");
        IntStream.range(0, Math.min(images.count(), LISTED))
                .mapToObj(images::name)
                .forEach(names::add);
    }

    /** What a device's arithmetic was held to, and how it did. */
    static void verified(ObjectNode section, Trust.Known known) {
        section.put("passed", known.verdict().passed());
        section.put("by", known.verdict().by());
        section.put("on", known.verdict().on());
        section.put("stages", known.verdict().stages());
        section.put(
                known.verdict().passed() ? "largest_error_of" : "off",
                known.verdict().stage());
        section.put("error", known.verdict().error());
        section.put("allowed", known.verdict().allowed());
        section.put("driver", known.setting().driver());
    }
}
