package org.consensusprobe.cli.models;

import java.io.PrintWriter;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.hub.Hub;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.hub.Snapshot;
import org.consensusprobe.lookup.ModelTarget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code consensus models pull}. */
@Command(
        name = "pull",
        description = {
            "Fetch a checkpoint into the Hugging Face cache: config, tokenizer and weights: safetensors, or pytorch_model.bin where there are none.",
            "An interrupted pull goes on where it was. For a branch, the hub is asked for its newest commit.",
            "The last line on standard output is the folder."
        })
final class ModelsPull extends ConsoleCommand {
    @Parameters(paramLabel = "M", description = ModelsCommand.MODEL)
    private String model;

    @Option(names = "--revision", paramLabel = "R", description = "A branch, tag or commit; the same as M@R.")
    private String revision;

    @Mixin
    private ModelsCommand.Offline offline;

    @ParentCommand
    private ModelsCommand parent;

    @Override
    public Integer call() {
        ModelTarget target = ModelTarget.parse(model, parent.known());
        PrintWriter out = spec.commandLine().getOut();
        if (target.id().isEmpty()) {
            throw Problem.input(
                    "%s is a directory (%s): there is nothing to pull.",
                    model, target.path().orElseThrow());
        }
        if (revision != null && model.contains("@")) {
            throw Problem.input("%s names a revision already: leave out --revision or the part after @.", model);
        }
        ModelId id = revision == null ? target.id().get() : target.id().get().at(revision);
        Hub hub = parent.hub(offline);
        // a commit never changes: what is whole in the cache needs no question
        Snapshot snapshot = id.isPinned()
                ? hub.snapshot(id, ModelsCommand.progress(spec, hub))
                : hub.pull(id, ModelsCommand.progress(spec, hub));
        out.println(snapshot.id() + " is commit " + snapshot.commit());
        out.println(snapshot.directory());
        return 0;
    }
}
