package org.consensusprobe.cli.models;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.hub.Bytes;
import org.consensusprobe.hub.Hub;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.hub.Snapshot;
import org.consensusprobe.hub.Verification;
import org.consensusprobe.lookup.ModelTarget;
import org.consensusprobe.weights.Checkpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code consensus models verify}. */
@Command(
        name = "verify",
        description = {
            "Check every file of a cached model against the hub's hashes, and the checkpoint's own structure.",
            "The hub is asked only for hashes that the cache does not tell. Exit code 1 if a file is wrong or missing."
        })
final class ModelsVerify extends ConsoleCommand {
    @Parameters(paramLabel = "M", description = ModelsCommand.MODEL)
    private String model;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    private ModelsCommand.Offline offline;

    @ParentCommand
    private ModelsCommand parent;

    @Override
    public Integer call() {
        ModelTarget target = ModelTarget.parse(model, parent.known());
        return target.path().isPresent()
                ? structureOnly(target.path().get())
                : hashes(target.id().orElseThrow());
    }

    private int structureOnly(Path path) {
        Checkpoint checkpoint = whole(path);
        PrintWriter out = spec.commandLine().getOut();
        String note = "Files of your own: nobody says what they should hash to. Their structure is right: "
                + checkpoint.tensors().size() + " tensors in "
                + checkpoint.weightFiles().size() + " file(s).";
        if (json) {
            out.println(StrictJson.mapper()
                    .createObjectNode()
                    .put("directory", path.toString())
                    .put("hashes_known", false)
                    .put("tensors", checkpoint.tensors().size())
                    .toPrettyString());
        } else {
            out.println(path);
            out.println(note);
        }
        return 0;
    }

    private int hashes(ModelId id) {
        Hub hub = parent.hub(offline);
        Snapshot snapshot = hub.anySnapshot(id)
                .orElseThrow(() -> Problem.input(
                        "%s is not in the cache %s: there is nothing to verify. Fetch it: consensus models pull %s",
                        id, hub.settings().cache(), id));
        List<Verification> results = hub.verify(snapshot, ModelsCommand.progress(spec, hub));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(snapshot, results).toPrettyString());
        } else {
            out.println(snapshot.id() + ", commit " + snapshot.commit());
            results.forEach(
                    r -> out.printf("%-8s %10s  %s  %s%n", outcome(r), Bytes.text(r.bytes()), r.path(), r.detail()));
        }
        out.flush();
        requireRight(snapshot, results);
        whole(snapshot.directory());
        return 0;
    }

    private static Checkpoint whole(Path path) {
        Checkpoint checkpoint = Checkpoint.open(path);
        checkpoint.whatIsLost().ifPresent(lost -> {
            throw lost;
        });
        return checkpoint;
    }

    private static void requireRight(Snapshot snapshot, List<Verification> results) {
        List<Verification> bad = results.stream()
                .filter(r -> r.outcome() == Verification.Outcome.WRONG || r.outcome() == Verification.Outcome.MISSING)
                .toList();
        if (bad.isEmpty()) {
            return;
        }
        // the file behind the link: a link alone would be made again over the same bytes
        String delete = bad.stream()
                .filter(r -> r.outcome() == Verification.Outcome.WRONG)
                .map(r -> behindLinks(snapshot.directory().resolve(r.path())))
                .collect(Collectors.joining(", "));
        throw Problem.failed(
                "%s: of %d files these are wrong or missing: %s.%n%s consensus models pull %s",
                snapshot.id(),
                results.size(),
                Shown.firstFew(bad.stream().map(Verification::path).toList()),
                delete.isEmpty() ? "Fetch them:" : "Delete " + delete + ", then fetch again:",
                snapshot.id());
    }

    private static String behindLinks(Path file) {
        try {
            return file.toRealPath().toString();
        } catch (IOException e) {
            return file.toString();
        }
    }

    private static ObjectNode json(Snapshot snapshot, List<Verification> results) {
        ObjectNode json = StrictJson.mapper()
                .createObjectNode()
                .put("hub_id", snapshot.id().repository())
                .put("commit", snapshot.commit())
                .put("directory", snapshot.directory().toString());
        ArrayNode files = json.putArray("files");
        results.forEach(r -> files.addObject()
                .put("path", r.path())
                .put("bytes", r.bytes())
                .put("outcome", outcome(r))
                .put("detail", r.detail()));
        return json;
    }

    private static String outcome(Verification result) {
        return result.outcome().name().toLowerCase(Locale.ROOT);
    }
}
