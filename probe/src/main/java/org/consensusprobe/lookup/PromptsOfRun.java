package org.consensusprobe.lookup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.model.ImageInput;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Bos;
import org.consensusprobe.plan.Initial;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.prompts.ImageReader;
import org.consensusprobe.prompts.Images;
import org.consensusprobe.prompts.PromptContext;
import org.consensusprobe.prompts.PromptReader;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.prompts.Tokenizer;
import org.consensusprobe.results.StatesArray;

/** Reads the prompts that a plan names, for the model they are for. */
public final class PromptsOfRun {
    private PromptsOfRun() {}

    /**
     * The prompts of a run.
     *
     * @throws Problem if they cannot be read, or do not fit the model
     */
    public static PromptSet read(ModelLookup.Found found, RunPlan plan) {
        return read(found, plan, Optional.empty());
    }

    /**
     * The prompts of a run.
     *
     * @param leftOut ids that random prompts leave out
     * @throws Problem if they cannot be read, or do not fit the model
     */
    public static PromptSet read(ModelLookup.Found found, RunPlan plan, Optional<BitSet> leftOut) {
        Optional<Bos> bos = plan.prompts().bos();
        if (bos.equals(Optional.of(Bos.BOTH))) {
            throw Problem.input("--bos both: these are two runs, which consensus run makes; here say on or off.");
        }
        if (plan.prompts().form().equals(Initial.PROMPTS) && plan.initial().kind() == Initial.Kind.FILE) {
            if (bos.isPresent()) {
                throw Problem.input("--bos: states that stand alone have no tokens to put others in front of.");
            }
            return ofStates(plan.initial());
        }
        Optional<ImageInput> images = found.subject().transformer().images();
        if (images.isPresent()) {
            return images(found, plan, images.get());
        }
        Transformer.Sizes sizes = found.subject().transformer().sizes();
        String form = place(plan.prompts().form());
        PromptContext context = new PromptContext(
                sizes.vocabulary(),
                sizes.context(),
                found.subject().name(),
                // ids need no tokenizer, so none is fetched for them
                form.contains(".")
                                || bos.isPresent()
                                || plan.model().tokenizer().isPresent()
                        ? tokenizer(found, plan)
                        : Optional.empty(),
                plan.prompts().specialTokens(),
                bos.map(Bos.ON::equals),
                plan.prompts().limit().stream().mapToInt(Integer::intValue).findFirst());
        return leftOut.map(ids -> PromptReader.readWithout(form, context, ids))
                .orElseGet(() -> PromptReader.read(form, context));
    }

    /** The images that a plan names, for a vision model. */
    private static PromptSet images(ModelLookup.Found found, RunPlan plan, ImageInput input) {
        String name = found.subject().name();
        Map<String, Boolean> ofText = Map.of(
                "--tokenizer", plan.model().tokenizer().isPresent(),
                "--special-tokens", plan.prompts().specialTokens(),
                "--bos", plan.prompts().bos().isPresent(),
                "--skip-zero-rows", plan.prompts().skipZeroRows());
        for (String option : List.of("--tokenizer", "--special-tokens", "--bos", "--skip-zero-rows")) {
            if (ofText.get(option)) {
                throw Problem.input("%s is for models of text; %s takes images.", option, name);
            }
        }
        String form = plan.prompts().form();
        int limit = plan.prompts().limit().orElse(Integer.MAX_VALUE);
        Images images = ImageReader.isArray(form)
                ? new PixelArray(Path.of(form), limit, input.channels())
                : ImageReader.read(
                        form,
                        new ImageReader.Context(
                                name,
                                new Images.Size(input.channels(), input.height(), input.width()),
                                found.folder(),
                                limit));
        Images.Size size = images.size();
        if (!input.takes(size.height(), size.width())) {
            throw Problem.input(
                    "Prompts '%s': images of %s pixels; %s takes %d x %d%s.",
                    form,
                    size,
                    name,
                    input.height(),
                    input.width(),
                    input.anySize() ? ", or square ones of at least one patch of " + input.patchHeight() : "");
        }
        return PromptSet.ofImages(form.replaceAll("(?<=.)/+$", ""), images, input.tokens(size.height(), size.width()));
    }

    /** The tokenizer that a plan names, or the model's own if it has one; it may be fetched. */
    public static Optional<Path> tokenizer(ModelLookup.Found found, RunPlan plan) {
        if (plan.model().tokenizer().isEmpty()) {
            return found.tokenizer().get();
        }
        Path file =
                Tokenizer.locate(plan.model().tokenizer(), Optional.empty(), 0).orElseThrow();
        if (!Files.isRegularFile(file)) {
            throw Problem.input("--tokenizer %s: no such file; expected a tokenizer.json.", file);
        }
        return Optional.of(file);
    }

    /** Prompts for a file of states that stands alone: as many, and as long. Their ids mean nothing and are all 0. */
    private static PromptSet ofStates(Initial initial) {
        StatesArray array = StatesArray.open(initial.file().orElseThrow());
        return PromptSet.ofIds(
                "the states of " + initial.recordedName(),
                array.lengths().stream().map(int[]::new).toList());
    }

    /** A file of the program's own is found from any folder: {@code prompts/natural.txt}. */
    private static String place(String form) {
        Path own = form.startsWith("prompts/") ? Home.prompts().resolve(form.substring("prompts/".length())) : null;
        return own != null && !Files.exists(Path.of(form)) && Files.exists(own) ? own.toString() : form;
    }
}
