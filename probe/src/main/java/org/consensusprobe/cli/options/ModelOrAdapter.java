package org.consensusprobe.cli.options;

import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The model that a command is about, its first word; where an adapter alone is given, the one that the adapter names. */
public final class ModelOrAdapter {
    @Parameters(
            arity = "0..1",
            paramLabel = "M",
            description = "An alias, a hub id (org/name[@revision]), a directory or a .gguf file"
                    + " (default: the model that --adapter names).")
    private String model;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** What the command line says, with the model as it is given; nothing is looked up. */
    public Values in(Values said) {
        return in(said, model, command);
    }

    /** The same for a command whose first word is described otherwise. */
    public static Values in(Values said, String model, CommandSpec command) {
        if (model == null && said.get(Fields.ADAPTER).isEmpty()) {
            throw new ParameterException(command.commandLine(), "Missing required parameter: 'M' (or --adapter)");
        }
        return said.with(Fields.MODEL, model == null ? "" : model);
    }

    /** What the command line says, with the name of the model. */
    public Values in(Values said, ModelLookup models) {
        return named(in(said), models);
    }

    /** What the command line says, with the model that its adapter names where it says none itself. */
    public static Values named(Values said, ModelLookup models) {
        return said.with(Fields.MODEL, models.named(RunPlan.of(said)).model().name());
    }
}
