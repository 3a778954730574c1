package org.consensusprobe.lookup;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.hub.Hub;
import org.consensusprobe.hub.HubSettings;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.model.KnownModel;
import org.consensusprobe.model.KnownModels;

/**
 * What the user's name of a model stands for: a directory or GGUF file, or a model of the hub, never both.
 *
 * @param text as the user wrote it
 * @param path the checkpoint's folder, or the GGUF file that is all of it; empty for a model of the hub
 * @param id the model of the hub; empty for a path
 * @param known the alias it is, if it is one
 */
public record ModelTarget(String text, Optional<Path> path, Optional<ModelId> id, Optional<KnownModel> known) {
    public ModelTarget {
        if (path.isPresent() == id.isPresent()) {
            throw new IllegalArgumentException("either a path or a model of the hub");
        }
    }

    /**
     * Reads an alias of {@code models/}, a directory, a GGUF file under any name, or a hub id {@code org/name} (of a model in the cache, also a bare {@code name}); aliases and ids may end in
     * {@code @revision}. A folder with a config.json wins over both, as in transformers, any other folder only over a
     * hub id; a text that can only be a path ({@code ./x}, {@code /x}, {@code ~/x}, {@code a/b/c}, {@code C:/x}) is one.
     *
     * @throws Problem if it is none of these
     */
    public static ModelTarget parse(String text, KnownModels models) {
        Optional<Path> file = path(text).filter(Files::exists).filter(GgufFile::isOne);
        if (file.isPresent()) {
            return new ModelTarget(text, file, Optional.empty(), Optional.empty());
        }
        Optional<Path> folder = path(text).filter(Files::isDirectory);
        if (isPathOnly(text)) {
            boolean isFile = path(text).filter(Files::isRegularFile).isPresent();
            Path path = folder.orElseThrow(() -> Problem.input(
                    isFile
                            ? "%s: this file is no GGUF file; expected one, or a directory with config.json and safetensors."
                            : "%s: no such directory or .gguf file; expected one with config.json and safetensors.",
                    Shown.text(text)));
            return new ModelTarget(text, Optional.of(path), Optional.empty(), Optional.empty());
        }
        if (folder.isPresent() && Files.isRegularFile(folder.get().resolve("config.json"))) {
            return new ModelTarget(text, folder, Optional.empty(), Optional.empty());
        }
        int at = text.indexOf('@');
        String name = at < 0 ? text : text.substring(0, at);
        Optional<KnownModel> known = models.find(name);
        if (known.isPresent()) {
            return ofAlias(text, known.get(), at < 0 ? Optional.empty() : Optional.of(text.substring(at + 1)));
        }
        if (folder.isPresent()) {
            return new ModelTarget(text, folder, Optional.empty(), Optional.empty());
        }
        if (!name.contains("/") && !isCached(text)) {
            throw unknown(name, models);
        }
        return new ModelTarget(text, Optional.empty(), Optional.of(ModelId.parse(text)), Optional.empty());
    }

    /** Whether a name without an organisation, which may as well be a mistyped alias, is that of a model in the cache. */
    private static boolean isCached(String text) {
        return ModelId.isOne(text)
                && new Hub(HubSettings.fromEnvironment())
                        .anySnapshot(ModelId.parse(text))
                        .isPresent();
    }

    private static ModelTarget ofAlias(String text, KnownModel known, Optional<String> revision) {
        if (known.directory().isPresent() && revision.isPresent()) {
            throw Problem.input("%s: %s is bundled with the program and has no revisions.", text, known.alias());
        }
        Optional<ModelId> id = known.hubId().map(hub -> new ModelId(hub, revision.orElse(known.revision())));
        return new ModelTarget(text, known.directory(), id, Optional.of(known));
    }

    private static Problem unknown(String name, KnownModels models) {
        String near = String.join(" or ", models.closest(name));
        String hint = near.isEmpty()
                ? "known are " + models.all().stream().map(KnownModel::alias).collect(Collectors.joining(", "))
                : "did you mean " + near + "?";
        return Problem.input(
                "Unknown model '%s'; %s%nOthers are named by hub id (org/name[@revision]), by directory or by .gguf file.",
                Shown.text(name), hint);
    }

    private static boolean isPathOnly(String text) {
        return text.startsWith(".")
                || text.startsWith("/")
                || text.startsWith("~")
                || text.contains("\\")
                || text.matches("[A-Za-z]:/.*")
                || text.indexOf('/') != text.lastIndexOf('/') && !text.contains("@");
    }

    /** A text as a path; empty if it cannot be one. */
    static Optional<Path> path(String text) {
        try {
            boolean atHome = text.startsWith("~/") || text.startsWith("~\\");
            return Optional.of(atHome ? Path.of(System.getProperty("user.home"), text.substring(2)) : Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
