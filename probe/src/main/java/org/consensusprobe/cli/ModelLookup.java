package org.consensusprobe.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.Subject;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.model.KnownModel;
import org.consensusprobe.model.KnownModels;
import org.consensusprobe.prompts.Tokenizer;

/** Turns what {@code --model} says into a model: a directory, or an alias of {@code models/}. */
final class ModelLookup {
    private ModelLookup() {}

    /**
     * A model that was found.
     *
     * @param subject the model
     * @param tokenizer its own tokenizer, if it has one
     * @param hubId its id on the hub, if it has one
     * @param revision the commit of its files, if they come from the hub
     */
    record Found(Subject subject, Optional<Path> tokenizer, Optional<String> hubId, Optional<String> revision) {}

    /**
     * Finds a model for weights of that kind.
     *
     * @throws Problem if there is none, or it lacks the files that the weights need
     */
    static Found find(String model, WeightMode weights) {
        if (model.isBlank()) {
            throw Problem.input(
                    "--model is empty: expected an alias such as gpt2-xl, or the directory of a checkpoint.");
        }
        // a directory comes before an alias of the same name, as in transformers
        Path directory = path(model);
        if (Files.isRegularFile(directory.resolve("config.json"))) {
            return directory(model, directory, weights);
        }
        Optional<KnownModel> known = KnownModels.installed().find(model);
        if (known.isPresent()) {
            return known(known.get(), weights);
        }
        if (Files.exists(directory) || looksLikePath(model)) {
            return directory(model, directory, weights);
        }
        return unknown(model);
    }

    private static Found unknown(String model) {
        if (model.contains("/")) {
            throw Problem.input(
                    "--model %s: no such directory.%nGive the directory of a checkpoint, or an alias such as gpt2-xl.",
                    model);
        }
        KnownModels.installed().require(model);
        throw new IllegalStateException(model + " is known after all");
    }

    private static Found known(KnownModel known, WeightMode weights) {
        if (known.directory().isPresent()) {
            Path directory = known.directory().get();
            Subject subject = Subject.fromDirectory(known.alias(), directory, weights);
            return new Found(subject, known.tokenizer(), known.hubId(), Optional.empty());
        }
        Subject subject = Subject.fromConfig(known.alias(), known.config(), "models/" + known.alias() + ".json");
        return new Found(subject, known.tokenizer(), known.hubId(), Optional.empty());
    }

    private static Found directory(String name, Path directory, WeightMode weights) {
        // figures and folders are named after the directory, not after where it lies
        Path last = directory.toAbsolutePath().normalize().getFileName();
        Subject subject = Subject.fromDirectory(last == null ? name : last.toString(), directory, weights);
        int vocabulary = subject.transformer().sizes().vocabulary();
        return new Found(
                subject,
                Tokenizer.locate(Optional.empty(), Optional.of(directory), vocabulary),
                Optional.empty(),
                Optional.empty());
    }

    private static boolean looksLikePath(String model) {
        return model.startsWith(".") || model.startsWith("/") || model.startsWith("~") || model.endsWith("/");
    }

    private static Path path(String model) {
        try {
            return Path.of(model);
        } catch (java.nio.file.InvalidPathException e) {
            throw Problem.input(e, "--model %s: not a path: %s.", model, e.getReason());
        }
    }
}
