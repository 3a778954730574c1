package org.consensusprobe.cli.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.terminal.TemporaryFolder;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.hub.Bytes;
import org.consensusprobe.hub.Hub;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.hub.Outline;
import org.consensusprobe.hub.Snapshot;
import org.consensusprobe.lookup.ModelTarget;
import org.consensusprobe.weights.Checkpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code consensus models info}. */
@Command(
        name = "info",
        description = {
            "Describe a checkpoint: architecture, parameters, layers, dtype, memory needed by a run.",
            "Of a model that is not in the cache, only the config and the headers of its files are asked for."
        })
final class ModelsInfo extends ConsoleCommand {
    @Parameters(paramLabel = "M", description = ModelsCommand.MODEL)
    private String model;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    private ModelsCommand.Offline offline;

    @ParentCommand
    private ModelsCommand parent;

    /** Where the facts are from. */
    private record Source(Optional<ModelId> id, String commit, String place) {}

    @Override
    public Integer call() {
        ModelTarget target = ModelTarget.parse(model, parent.known());
        if (target.path().isPresent()) {
            Path path = target.path().get();
            if (Checkpoint.isConfigOnly(path)) {
                String place = path + ", which has a config and no weights; runs of random weights need no more";
                print(new Source(Optional.empty(), "", place), CheckpointFacts.ofConfig(path));
            } else {
                print(new Source(Optional.empty(), "", path.toString()), CheckpointFacts.of(path));
            }
            return 0;
        }
        ModelId id = target.id().orElseThrow();
        Hub hub = parent.hub(offline);
        Optional<Snapshot> cached = hub.cached(id);
        if (cached.isPresent()) {
            Source source = new Source(
                    target.id(), cached.get().commit(), cached.get().directory().toString());
            print(source, CheckpointFacts.of(cached.get().directory()));
        } else if (hub.settings().offline() && target.known().isPresent()) {
            String place = "not in the cache; these are the facts of models/"
                    + target.known().get().alias() + ".json";
            print(
                    new Source(target.id(), "", place),
                    CheckpointFacts.of(target.known().get()));
        } else {
            look(hub, id);
        }
        return 0;
    }

    private void look(Hub hub, ModelId id) {
        try (TemporaryFolder temporary = TemporaryFolder.make("consensus-info")) {
            Path folder = temporary.path();
            Outline outline = hub.outline(id, folder);
            String place = "not in the cache; a pull fetches " + Bytes.text(outline.bytes());
            CheckpointFacts facts = outline.headers() ? CheckpointFacts.of(folder) : CheckpointFacts.ofConfig(folder);
            print(new Source(Optional.of(id), outline.commit(), place), facts);
        }
    }

    private void print(Source source, CheckpointFacts facts) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ObjectNode node = StrictJson.mapper().createObjectNode().put("model", model);
            source.id.ifPresent(id -> node.put("hub_id", id.repository()).put("revision", id.revision()));
            node.put("commit", source.commit).put("where", source.place);
            out.println(facts.json(node).toPrettyString());
        } else {
            List<String> lines = new ArrayList<>();
            lines.add(CheckpointFacts.line(
                    "model", source.id.map(ModelId::toString).orElse(model)));
            if (!source.commit.isEmpty()) {
                lines.add(CheckpointFacts.line("commit", source.commit));
            }
            lines.add(CheckpointFacts.line("where", source.place));
            lines.addAll(facts.lines());
            lines.forEach(out::println);
        }
        out.flush();
    }
}
