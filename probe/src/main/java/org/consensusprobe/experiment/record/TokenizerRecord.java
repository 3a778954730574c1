package org.consensusprobe.experiment.record;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.consensusprobe.common.Home;
import org.consensusprobe.prompts.Tokenizer;
import org.consensusprobe.results.ManifestSections.ModelFile;

/** What a manifest says of the tokenizer that a run's texts were encoded with: its files and their SHA-256. */
public final class TokenizerRecord {
    private final List<Path> files;
    private final FileHashes hashes;

    private TokenizerRecord(List<Path> files) {
        this.files = files;
        this.hashes = FileHashes.start(files);
    }

    /** Starts to hash a tokenizer's files; those of none where no text was encoded. */
    public static TokenizerRecord of(Optional<Path> tokenizer) {
        return new TokenizerRecord(tokenizer.map(Tokenizer::files).orElse(List.of()));
    }

    /**
     * Enters them, unless there are none: {@code file} and {@code sha256}, and under {@code with} those of the files that
     * belong to it.
     */
    public void into(Supplier<ObjectNode> section) {
        if (files.isEmpty()) {
            return;
        }
        List<ModelFile> hashed = hashes.join();
        ObjectNode json = section.get();
        enter(json, 0, hashed);
        if (files.size() > 1) {
            ArrayNode with = json.putArray("with");
            for (int i = 1; i < files.size(); i++) {
                enter(with.addObject(), i, hashed);
            }
        }
    }

    // where a user's file lies is the user's own business; which of ours it was is not
    private void enter(ObjectNode json, int i, List<ModelFile> hashed) {
        Path file = files.get(i).toAbsolutePath().normalize();
        boolean bundled = file.startsWith(Home.models());
        json.put(
                "file",
                bundled
                        ? Home.directory().relativize(file).toString().replace('\\', '/')
                        : hashed.get(i).name());
        json.put("sha256", hashed.get(i).sha256());
    }
}
