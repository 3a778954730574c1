package org.consensusprobe.hub;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;

/**
 * What the user calls a model, and what it stands for: a directory or a model of the hub, never both.
 *
 * @param text as the user wrote it
 * @param directory the checkpoint's folder; empty for a model of the hub
 * @param id the model of the hub; empty for a directory
 */
public record ModelName(String text, Optional<Path> directory, Optional<ModelId> id) {
    public ModelName {
        if (directory.isPresent() == id.isPresent()) {
            throw new IllegalArgumentException("either a directory or a model of the hub");
        }
    }

    /**
     * Reads an alias of {@code known}, a directory, or a hub id {@code org/name}; aliases and ids may end in
     * {@code @revision}. An alias wins over a folder of the same name, a folder over a hub id, as in transformers; a text
     * that can only be a path ({@code ./x}, {@code /x}, {@code ~/x}, {@code a/b/c}) is one.
     *
     * @throws Problem if it is none of these
     */
    public static ModelName parse(String text, List<KnownModel> known) {
        Optional<Path> folder = folder(text);
        if (isPathOnly(text)) {
            return new ModelName(
                    text,
                    Optional.of(folder.orElseThrow(() -> Problem.input(
                            "%s: no such directory; expected one with config.json and safetensors.", text))),
                    Optional.empty());
        }
        int at = text.indexOf('@');
        String name = at < 0 ? text : text.substring(0, at);
        Optional<KnownModel> alias =
                known.stream().filter(m -> m.alias().equals(name)).findFirst();
        if (alias.isPresent()) {
            return ofAlias(text, alias.get(), at < 0 ? Optional.empty() : Optional.of(text.substring(at + 1)));
        }
        if (folder.isPresent()) {
            return new ModelName(text, folder, Optional.empty());
        }
        if (!name.contains("/")) {
            throw Problem.input(
                    "%s: no model of this name. Known are %s;%nothers are named by hub id (org/name[@revision]) or by"
                            + " directory.",
                    text, known.stream().map(KnownModel::alias).collect(Collectors.joining(", ")));
        }
        return new ModelName(text, Optional.empty(), Optional.of(ModelId.parse(text)));
    }

    /**
     * The checkpoint's folder, fetched first if need be.
     *
     * @throws Problem see {@link Hub#snapshot}
     */
    public FoundModel find(Hub hub, ByteProgress listener) {
        return id.map(model -> FoundModel.of(this, hub.snapshot(model, listener)))
                .orElseGet(() -> new FoundModel(text, directory.orElseThrow(), Optional.empty()));
    }

    private static ModelName ofAlias(String text, KnownModel model, Optional<String> revision) {
        if (model.directory().isPresent() && revision.isPresent()) {
            throw Problem.input("%s: %s is bundled with the program and has no revisions.", text, model.alias());
        }
        return new ModelName(text, model.directory(), model.id().map(id -> revision.map(id::at)
                .orElse(id)));
    }

    private static boolean isPathOnly(String text) {
        return text.startsWith(".")
                || text.startsWith("/")
                || text.startsWith("~")
                || text.contains("\\")
                || text.indexOf('/') != text.lastIndexOf('/') && !text.contains("@");
    }

    private static Optional<Path> folder(String text) {
        try {
            Path path =
                    text.startsWith("~/") ? Path.of(System.getProperty("user.home"), text.substring(2)) : Path.of(text);
            return Optional.of(path).filter(Files::isDirectory);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
