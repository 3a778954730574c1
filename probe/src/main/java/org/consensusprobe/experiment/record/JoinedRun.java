package org.consensusprobe.experiment.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.JoinedArrays;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections.Timings;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.TokenTexts;

/**
 * A run put together from the finished shares of its prompts, byte for byte as if it had run whole; of its manifest, times are
 * those of all shares together, and what was measured of the machine is the last share's.
 */
public final class JoinedRun {
    private final List<Path> shares;
    private final List<Manifest> manifests;
    private final List<int[]> rows = new ArrayList<>();
    private final Manifest whole;

    /**
     * Reads the manifests of the shares, in their order.
     *
     * @throws Problem if one is missing, unfinished, or not of the same run as the others
     */
    public JoinedRun(List<Path> shares) {
        this.shares = List.copyOf(shares);
        this.manifests = new ArrayList<>();
        for (Path share : shares) {
            Manifest manifest = Manifest.read(share.resolve(RunDirectory.MANIFEST));
            if (manifest.status() != Manifest.Status.COMPLETE) {
                throw Problem.failed("%s: this share of a run is not finished.", share);
            }
            manifests.add(manifest);
        }
        // the longest prompts are in the last share: axes and floor are the whole run's
        this.whole = manifests.get(manifests.size() - 1);
        checkShares();
        join();
    }

    /** What the whole run's manifest says. */
    public Manifest manifest() {
        return whole;
    }

    /** Whether the directory's run is this one, finished or not. */
    public boolean isIn(RunDirectory directory) {
        return directory
                .earlier()
                .flatMap(there -> RunIdentity.difference(there, whole))
                .isEmpty();
    }

    /**
     * Writes the run, its manifest last.
     *
     * @throws Problem if a file of a share is missing or damaged, or the disk refuses
     */
    public void into(RunDirectory directory) {
        try {
            for (String file : arrays()) {
                Path target = directory.path().resolve(file);
                Files.createDirectories(target.getParent());
                JoinedArrays.join(shares.stream().map(s -> s.resolve(file)).toList(), rows, target);
            }
            joinTokens(directory.path());
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be written: %s.", directory.path(), e.getMessage());
        }
        whole.status(Manifest.Status.RUNNING, null);
        directory.writeManifest(whole);
        directory.writeCurve(Curve.of(RunReader.open(directory.path()).error(), whole.route()));
        whole.status(Manifest.Status.COMPLETE, null);
        directory.writeManifest(whole);
        directory.removeState();
    }

    /** Which tokens kept states are those of, if the shares say so. */
    private void joinTokens(Path target) {
        List<TokenTexts.Prompt> prompts = new ArrayList<>(Collections.nCopies(whole.promptCount(), null));
        for (int i = 0; i < shares.size(); i++) {
            Optional<TokenTexts> texts = TokenTexts.read(shares.get(i));
            if (texts.isEmpty()) {
                return;
            }
            if (texts.get().prompts().size() != rows.get(i).length) {
                throw Problem.failed("%s: %s is not of its prompts.", shares.get(i), RunDirectory.TOKENS);
            }
            for (int row = 0; row < rows.get(i).length; row++) {
                prompts.set(rows.get(i)[row], texts.get().prompts().get(row));
            }
        }
        new TokenTexts(prompts).into(target);
    }

    /** The arrays of the last share, which are those of all. */
    private List<String> arrays() throws IOException {
        Path last = shares.get(shares.size() - 1);
        try (Stream<Path> files = Files.walk(last, 2)) {
            return files.map(file -> last.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.endsWith(".npy") && !name.contains("/."))
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void checkShares() {
        BitSet seen = new BitSet();
        int prompts = share(whole).path("prompts_of_run").asInt();
        for (int i = 0; i < manifests.size(); i++) {
            JsonNode share = share(manifests.get(i));
            int[] members = ints(share.path("prompts"));
            for (int member : members) {
                if (member < 0 || member >= prompts || seen.get(member)) {
                    throw foreign(i, "its prompts are not those that the others leave");
                }
                seen.set(member);
            }
            if (share.path("index").asInt() != i + 1
                    || share.path("count").asInt() != manifests.size()
                    || manifests.get(i).promptCount() != members.length) {
                throw foreign(i, "expected share " + (i + 1) + " of " + manifests.size());
            }
            rows.add(members);
        }
        if (seen.cardinality() != prompts) {
            throw foreign(manifests.size() - 1, (prompts - seen.cardinality()) + " prompts are in no share");
        }
    }

    private Problem foreign(int share, String reason) {
        return Problem.failed("%s: not a share of one run with the others: %s.", shares.get(share), reason);
    }

    private void join() {
        String prompts = share(whole).path("prompts_of_run_sha256").asText();
        int count = rows.stream().mapToInt(r -> r.length).sum();
        manifests.forEach(m -> m.section("plan").put("prompts_sha256", prompts).put("prompt_count", count));
        for (int i = 0; i < manifests.size(); i++) {
            int share = i;
            RunIdentity.difference(manifests.get(i), whole).ifPresent(difference -> {
                throw foreign(share, "they differ in " + difference);
            });
        }
        addTimes();
        if (manifests.stream().anyMatch(m -> !m.at("/zero_embeddings").isMissingNode())) {
            addZeroTokens();
        }
        for (JsonNode file : whole.section("states").path("files")) {
            ArrayNode shape = (ArrayNode) file.path("shape");
            shape.set(0, shape.numberNode(whole.promptCount()));
        }
        if (whole.section("states").isEmpty()) {
            remove("states");
        }
        remove(PromptShare.SECTION);
        ObjectNode shared = whole.section("joined");
        shared.put("shares", manifests.size());
        ArrayNode cpus = shared.putArray("cpus");
        new TreeSet<>(manifests.stream().map(m -> m.environment().cpu()).toList()).forEach(cpus::add);
    }

    private void remove(String section) {
        ((ObjectNode) whole.at("")).remove(section);
    }

    private void addTimes() {
        List<Timings> all = manifests.stream().map(Manifest::timings).toList();
        List<Double> passes = new ArrayList<>();
        for (int pass = 0; pass < all.get(0).perPassSeconds().size(); pass++) {
            int at = pass;
            passes.add(sum(t -> t.perPassSeconds().get(at)));
        }
        double[] more = Stream.of("block_seconds", "waiting_for_weights_seconds", "measure_seconds")
                .mapToDouble(name -> manifests.stream()
                        .mapToDouble(m -> m.section("timings").path(name).asDouble())
                        .sum())
                .toArray();
        whole.timings(new Timings(
                all.stream().map(Timings::started).sorted().findFirst().orElseThrow(),
                sum(Timings::seconds),
                all.stream().mapToDouble(Timings::firstBlockSeconds).min().orElse(0),
                passes));
        whole.section("timings")
                .put("block_seconds", more[0])
                .put("waiting_for_weights_seconds", more[1])
                .put("measure_seconds", more[2])
                .remove("resumed_after_blocks");
        for (String peak : List.of("peak_rss_bytes", "peak_anonymous_bytes")) {
            manifests.stream().mapToLong(m -> m.section("memory").path(peak).asLong()).max().stream()
                    .filter(bytes -> bytes > 0)
                    .forEach(bytes -> whole.section("memory").put(peak, bytes));
        }
    }

    private double sum(Function<Timings, Double> of) {
        return manifests.stream().map(Manifest::timings).mapToDouble(of::apply).sum();
    }

    private void addZeroTokens() {
        List<ObjectNode> first = new ArrayList<>();
        int tokens = 0;
        for (int i = 0; i < manifests.size(); i++) {
            JsonNode section = manifests.get(i).at("/zero_embeddings");
            tokens += section.path("tokens").asInt();
            for (JsonNode token : section.path("first")) {
                ObjectNode moved = token.deepCopy();
                first.add(moved.put("prompt", rows.get(i)[token.path("prompt").asInt()]));
            }
        }
        ObjectNode section = whole.section("zero_embeddings");
        section.put("tokens", tokens);
        ArrayNode listed = section.putArray("first");
        first.stream().limit(RunRecord.ZERO_TOKENS_LISTED).forEach(listed::add);
    }

    private static JsonNode share(Manifest manifest) {
        return manifest.section(PromptShare.SECTION);
    }

    private static int[] ints(JsonNode list) {
        int[] values = new int[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i).asInt(-1);
        }
        return values;
    }
}
