package org.consensusprobe.doctor;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.common.UserCache;

/** Verdicts, in memory and in the folder {@code doctor} of the user's cache: one small file for each setting. */
public final class Verdicts {
    private static final Verdicts OF_USER =
            new Verdicts(UserCache.directory(System.getenv()).map(cache -> cache.resolve("doctor")));
    private static final int MAX_BYTES = 1 << 16;

    private final Map<Setting, Verdict> known = new ConcurrentHashMap<>();
    private final Optional<Path> folder;

    /** Verdicts in that folder, which is made on first use; in memory alone without one. */
    public Verdicts(Optional<Path> folder) {
        this.folder = folder;
    }

    /** Those of this user. */
    public static Verdicts ofUser() {
        return OF_USER;
    }

    /** The verdict on a setting; empty if it was never tested, or what is remembered of it cannot be read. */
    public Optional<Verdict> find(Setting setting) {
        // a sweep asks before each of its runs
        return Optional.ofNullable(known.computeIfAbsent(
                setting, s -> file(s).flatMap(file -> read(file, s)).orElse(null)));
    }

    /** Remembers a verdict. */
    public void keep(Setting setting, Verdict verdict) {
        known.put(setting, verdict);
        file(setting).ifPresent(file -> write(file, setting, verdict));
    }

    /** Where the verdict on a setting is kept. */
    public Optional<Path> file(Setting setting) {
        return folder.map(f -> f.resolve(setting.key() + ".json"));
    }

    private static Optional<Verdict> read(Path file, Setting setting) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            ObjectNode json = (ObjectNode) StrictJson.readObject(file, MAX_BYTES, "remembered self-test");
            if (!setting.json().equals(json.remove("setting"))) {
                return Optional.empty();
            }
            JsonFields fields = JsonFields.of(json, file);
            return Optional.of(new Verdict(
                    fields.boolOr("passed", false),
                    fields.text("by"),
                    fields.text("on"),
                    fields.positiveInt("stages", Integer.MAX_VALUE),
                    fields.text("stage"),
                    json.path("error").asDouble(),
                    json.path("allowed").asDouble()));
        } catch (Problem e) {
            return Optional.empty();
        }
    }

    private static void write(Path file, Setting setting, Verdict verdict) {
        ObjectNode json = StrictJson.mapper().valueToTree(verdict);
        json.set("setting", setting.json());
        try {
            Files.createDirectories(file.getParent());
            AtomicFiles.writeText(file, json.toPrettyString() + "\n");
        } catch (IOException | Problem e) {
            // what cannot be remembered is tested again
        }
    }
}
