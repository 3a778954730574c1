package org.consensusprobe.cli.models;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.terminal.ByteBar;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.hub.ByteProgress;
import org.consensusprobe.hub.Hub;
import org.consensusprobe.hub.HubSettings;
import org.consensusprobe.model.KnownModels;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code consensus models list|pull|info|verify}: the checkpoints on this machine, and those of the hub. */
@Command(
        name = "models",
        synopsisSubcommandLabel = "(list | pull | info | verify)",
        description = {
            "List, fetch, describe and check checkpoints.",
            "The cache is Hugging Face's (HF_HUB_CACHE, HF_HOME): what Python has fetched is used, and the other way"
                    + " round.",
            "HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE and the proxy variables mean what they mean everywhere."
        },
        subcommands = {ModelsList.class, ModelsPull.class, ModelsInfo.class, ModelsVerify.class})
public final class ModelsCommand extends ConsoleCommand {
    static final String MODEL =
            "An alias (see: consensus models list), a hub id org/name[@revision], a directory, or a .gguf file.";

    private final Supplier<KnownModels> known;
    private final Supplier<Map<String, String>> environment;

    /** With the installed models and the process's environment. */
    public ModelsCommand() {
        this(KnownModels::installed, System::getenv);
    }

    /** With models of another folder and another environment. */
    public ModelsCommand(Path models, Map<String, String> environment) {
        this(() -> KnownModels.in(models), () -> environment);
    }

    private ModelsCommand(Supplier<KnownModels> known, Supplier<Map<String, String>> environment) {
        this.known = known;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Missing subcommand: list, pull, info or verify.");
    }

    KnownModels known() {
        return known.get();
    }

    Hub hub(Offline offline) {
        return new Hub(HubSettings.from(environment.get()).offlineIf(offline.offline));
    }

    /** The listener of a download or a check: a bar or lines on standard error. */
    static ByteProgress progress(CommandSpec spec, Hub hub) {
        PrintWriter err = spec.commandLine().getErr();
        return new ByteBar(err, hub.settings().progressBars() && Progress.onTerminal());
    }

    /** {@code --offline}. */
    static final class Offline {
        @Option(names = "--offline", description = "Make no request; as HF_HUB_OFFLINE=1.")
        private boolean offline;
    }
}
