package org.consensusprobe.cli.models;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.hub.Bytes;
import org.consensusprobe.hub.CachedModel;
import org.consensusprobe.hub.Hub;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.hub.Snapshot;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.model.KnownModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code consensus models list}. */
@Command(
        name = "list",
        description = {
            "List the architectures, the models known by alias, and what the Hugging Face cache holds.",
            "Makes no request."
        })
final class ModelsList extends ConsoleCommand {
    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(
            names = "--families",
            description = "Say of every family what was tried, and what does not apply to it; nothing else is listed.")
    private boolean families;

    @ParentCommand
    private ModelsCommand parent;

    @Override
    public Integer call() {
        if (families) {
            spec.commandLine().getOut().print(json ? FamilyTable.json().toPrettyString() + "\n" : FamilyTable.text());
            return 0;
        }
        Hub hub = parent.hub(new ModelsCommand.Offline());
        List<KnownModel> known = parent.known().all();
        List<CachedModel> cached = hub.list();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(hub, known, cached).toPrettyString());
        } else {
            out.print(text(hub, known, cached));
        }
        return 0;
    }

    private static String text(Hub hub, List<KnownModel> known, List<CachedModel> cached) {
        Table families = new Table("model_type", "what it is");
        Architectures.all().forEach(a -> families.row(a.modelType(), a.description()));
        Table table = new Table("alias", "parameters", "where", "state");
        for (KnownModel model : known) {
            table.row(model.alias(), parameters(model.parameters()), where(model), state(hub, model));
        }
        StringBuilder text = new StringBuilder(
                "Architectures: any checkpoint whose config.json has one of these types can be run.\n");
        text.append(families).append("\nKnown by alias:\n").append(table);
        text.append(String.format("%nIn the cache %s:%n", hub.settings().cache()));
        if (cached.isEmpty()) {
            return text.append("nothing yet\n").toString();
        }
        Table folders = new Table("model", "revision", "commit", "size", "state");
        for (CachedModel model : cached) {
            for (CachedModel.Commit commit : model.snapshots()) {
                folders.row(
                        model.repository(),
                        commit.refs().isEmpty() ? "-" : String.join(",", commit.refs()),
                        commit.commit().substring(0, 10),
                        Bytes.text(commit.bytes()),
                        state(commit));
            }
        }
        long total = cached.stream().mapToLong(CachedModel::bytes).sum();
        return text.append(folders)
                .append(Bytes.text(total))
                .append(" on disk\n")
                .toString();
    }

    private static ObjectNode json(Hub hub, List<KnownModel> known, List<CachedModel> cached) {
        ObjectNode json = StrictJson.mapper().createObjectNode();
        ArrayNode families = json.putArray("architectures");
        Architectures.all()
                .forEach(a ->
                        families.addObject().put("model_type", a.modelType()).put("description", a.description()));
        ArrayNode aliases = json.putArray("known");
        for (KnownModel model : known) {
            ObjectNode entry = aliases.addObject().put("alias", model.alias()).put("parameters", model.parameters());
            id(model).ifPresent(id -> entry.put("hub_id", id.repository()).put("revision", id.revision()));
            directory(hub, model).ifPresent(d -> entry.put("directory", d));
        }
        json.put("cache", hub.settings().cache().toString());
        ArrayNode models = json.putArray("cached");
        for (CachedModel model : cached) {
            ObjectNode entry =
                    models.addObject().put("hub_id", model.repository()).put("bytes", model.bytes());
            ArrayNode commits = entry.putArray("commits");
            for (CachedModel.Commit commit : model.snapshots()) {
                ObjectNode node = commits.addObject()
                        .put("commit", commit.commit())
                        .put("bytes", commit.bytes())
                        .put("directory", commit.directory().toString());
                commit.refs().forEach(node.putArray("revisions")::add);
                commit.missing().forEach(node.putArray("missing")::add);
            }
        }
        return json;
    }

    private static Optional<ModelId> id(KnownModel model) {
        return model.hubId().map(hub -> new ModelId(hub, model.revision()));
    }

    private static Optional<String> directory(Hub hub, KnownModel model) {
        return model.directory()
                .or(() -> id(model).flatMap(hub::cached).map(Snapshot::directory))
                .map(Object::toString);
    }

    private static String where(KnownModel model) {
        return model.hubId().orElse("bundled");
    }

    private static String state(Hub hub, KnownModel model) {
        return model.directory().isPresent()
                ? "ready"
                : id(model).flatMap(hub::cached).isPresent() ? "cached" : "-";
    }

    private static String state(CachedModel.Commit commit) {
        return commit.missing().isEmpty()
                ? "ready"
                : "without " + String.join(", ", commit.missing().subList(0, 1))
                        + (commit.missing().size() > 1
                                ? " and " + (commit.missing().size() - 1) + " more"
                                : "");
    }

    private static String parameters(long count) {
        double millions = count / 1e6;
        return millions >= 1000
                ? String.format(Locale.ROOT, "%.2f G", millions / 1000)
                : String.format(Locale.ROOT, millions < 10 ? "%.1f M" : "%.0f M", millions);
    }
}
