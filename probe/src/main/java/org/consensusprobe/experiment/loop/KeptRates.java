package org.consensusprobe.experiment.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.common.UserCache;
import org.consensusprobe.torch.Torch;

/**
 * What blocks cost on this machine: measured once, and kept in the user's cache, in {@code rates.json}, for this processor, this
 * libtorch and this version of the program. Whatever is wrong with the file, blocks are timed again.
 */
final class KeptRates {
    private static final String FILE = "rates.json";
    private static final int MAX_BYTES = 1 << 20;
    private static final int KEY_DIGITS = 32;
    /** Beyond this the file is begun anew. */
    private static final int MOST_ENTRIES = 2000;

    private final Map<String, Cost> known = new HashMap<>();
    private final Optional<Path> file;
    private final String machine;

    /**
     * Seconds that a block costs.
     *
     * @param secondsPerToken in the block and the run's measures
     * @param secondsPerValue of its weights, to draw it or to make it of what a file holds
     * @param warmUpSeconds once a process, by which the first block is slower than the next
     */
    record Cost(double secondsPerToken, double secondsPerValue, double warmUpSeconds) {
        private boolean isPossible() {
            return secondsPerToken > 0
                    && secondsPerValue >= 0
                    && warmUpSeconds >= 0
                    && Double.isFinite(secondsPerToken + secondsPerValue + warmUpSeconds);
        }

        Cost times(double factor) {
            return new Cost(factor * secondsPerToken, factor * secondsPerValue, warmUpSeconds);
        }
    }

    KeptRates(Torch torch) {
        this(UserCache.directory(System.getenv()), Torch.processor() + " " + torch.version() + " " + Build.version());
    }

    /** @param machine all that blocks' times depend on besides the block */
    KeptRates(Optional<Path> folder, String machine) {
        this.file = folder.map(f -> f.resolve(FILE));
        this.machine = machine;
    }

    /** What a block costs, if that was measured here. */
    Optional<Cost> find(Object block) {
        String key = key(block);
        if (!known.containsKey(key)) {
            JsonNode entry = read().path(key);
            Cost cost = new Cost(
                    entry.path("seconds_per_token").asDouble(),
                    entry.path("seconds_per_value").asDouble(),
                    entry.path("warm_up_seconds").asDouble());
            if (cost.isPossible()) {
                known.put(key, cost);
            }
        }
        return Optional.ofNullable(known.get(key));
    }

    /** Keeps what a block costs. */
    void put(Object block, Cost cost) {
        known.put(key(block), cost);
        file.ifPresent(path -> {
            ObjectNode all = read(); // other processes may have measured meanwhile
            if (all.size() > MOST_ENTRIES) {
                all.removeAll();
            }
            all.putObject(key(block))
                    .put("seconds_per_token", cost.secondsPerToken())
                    .put("seconds_per_value", cost.secondsPerValue())
                    .put("warm_up_seconds", cost.warmUpSeconds());
            try {
                Files.createDirectories(path.getParent());
                AtomicFiles.writeText(path, all + "\n");
            } catch (IOException | Problem e) {
                // a cache that cannot be written costs time, no more
            }
        });
    }

    private ObjectNode read() {
        try {
            if (file.isPresent() && Files.isRegularFile(file.get())) {
                return (ObjectNode) StrictJson.readObject(file.get(), MAX_BYTES, "rates");
            }
        } catch (Problem e) {
            // damaged: begun anew
        }
        return StrictJson.mapper().createObjectNode();
    }

    private String key(Object block) {
        return Sha256.of(machine + " " + block).substring(0, KEY_DIGITS);
    }
}
