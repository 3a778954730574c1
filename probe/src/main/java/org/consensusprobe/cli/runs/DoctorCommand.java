package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.cli.terminal.TextTable;
import org.consensusprobe.common.Problem;
import org.consensusprobe.doctor.SelfTest;
import org.consensusprobe.doctor.Setting;
import org.consensusprobe.doctor.Verdict;
import org.consensusprobe.doctor.Verdicts;
import org.consensusprobe.experiment.loop.Numerics;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.MachineFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Stage;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus doctor [M]}: what is here, and whether its numbers are right. */
@Command(
        name = "doctor",
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Say what this machine has, then test its arithmetic beside float64 on the CPU: random draws, every kernel on drawn",
            "values, and of a checkpoint (the bundled ones, or M) the first, middle and last layer: their weights, every kernel",
            "call, and the blocks as a whole. Each line is the largest relative error, beside what rounding allows. The verdict",
            "is kept for this device, dtype, program and driver: runs say that they were made under it, and are refused on a",
            "device that failed."
        },
        footer = {
            "",
            "Exit codes: 0 all is right; 1 something is off; 2 wrong input.",
            "",
            "Examples:",
            "  consensus doctor",
            "  consensus doctor demo-gpt2 --dtype bfloat16",
            "  consensus doctor path/to/checkpoint --device cuda --dtype float16",
            "  consensus doctor gpt2-xl --weights random"
        })
public final class DoctorCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final List<String> BUNDLED = List.of("demo-gpt2", "demo-gpt-neo");
    private static final PlanOptions OPTIONS = PlanOptions.only(
            Fields.WEIGHTS,
            Fields.DTYPE,
            Fields.SEED,
            MachineFields.DEVICE,
            MachineFields.THREADS,
            MachineFields.OFFLINE);

    @Parameters(
            paramLabel = "M",
            arity = "0..1",
            description = "An alias, a hub id (org/name[@revision]), a directory or a .gguf file (default: the bundled"
                    + " checkpoints).")
    private String model;

    @Option(
            names = "--network",
            description = "Ask the hub whether it answers; without this no request is made for it.")
    private boolean network;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        Values values = OPTIONS.values(spec);
        Machine machine = OPTIONS.machine(spec);
        if (values.get(Fields.WEIGHTS) == WeightMode.RANDOM_EACH_PASS) {
            throw Problem.input("--weights random-each-pass: a test is of one draw; use random.");
        }
        ModelLookup models = Terminal.models(machine, spec.commandLine().getErr());
        // a model that is not there is said first
        List<RunPlan> plans = Stream.ofNullable(model)
                .flatMap(Stream::of)
                .map(name -> RunPlan.of(values.with(Fields.MODEL, name)))
                .toList();
        if (plans.isEmpty()) {
            plans = BUNDLED.stream()
                    .map(name -> RunPlan.of(values.with(Fields.MODEL, name)))
                    .toList();
        }
        List<Subject> subjects =
                plans.stream().map(plan -> models.find(plan).subject()).toList();
        Torch torch = Torch.start(machine.threads());
        Numerics numerics = Numerics.choose(values.get(Fields.DTYPE), machine.device(), torch);
        MachineFacts facts = MachineFacts.of(torch);
        TextTable.print(stdout, (network ? facts.withNetwork() : facts).lines());
        stdout.flush();
        return test(stdout, torch, numerics, subjects, plans);
    }

    private Integer test(
            PrintWriter stdout, Torch torch, Numerics numerics, List<Subject> subjects, List<RunPlan> plans) {
        Precision precision = numerics.precision();
        long start = System.nanoTime();
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.forDevice(scope, precision.device());
            Setting setting = Setting.of(precision, kernels, torch);
            SelfTest test = new SelfTest(precision, kernels).kernels();
            for (int i = 0; i < subjects.size(); i++) {
                try (WeightSource tested = subjects.get(i).weights(plans.get(i), precision);
                        WeightSource exact =
                                subjects.get(i).weights(plans.get(i), SelfTest.exactPrecision(precision))) {
                    test.blocks(subjects.get(i).transformer(), tested, exact);
                }
            }
            Verdict verdict = test.verdict();
            Verdicts.ofUser().keep(setting, verdict);
            stdout.printf("%nSelf-test of %s (%s)%n", setting.words(), numerics.products());
            TextTable.print(stdout, table(test.stages()));
            return conclude(stdout, setting, verdict, (System.nanoTime() - start) * 1e-9);
        }
    }

    private static List<List<String>> table(List<Stage> stages) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("stage", "tried", "largest relative error", "allowed", ""));
        stages.forEach(s -> rows.add(List.of(
                s.name(),
                String.valueOf(s.calls()),
                String.format(Locale.ROOT, "%.1e", s.error()),
                String.format(Locale.ROOT, "%.1e", s.allowed()),
                s.isOff() ? "OFF" : "")));
        return rows;
    }

    private static Integer conclude(PrintWriter stdout, Setting setting, Verdict verdict, double seconds) {
        Optional<String> kept =
                Verdicts.ofUser().file(setting).filter(Files::isRegularFile).map(Object::toString);
        String where = kept.map(file -> "kept in " + file).orElse("not kept: the user's cache cannot be written to");
        stdout.printf(Locale.ROOT, "%d stages in %.1f s; %s%n", verdict.stages(), seconds, where);
        if (!verdict.passed()) {
            stdout.flush();
            throw Problem.failed(
                    "%s gives wrong numbers: the first stage that is off is %s, by %.2g where %.2g is allowed.%n"
                            + "Use another --device or --dtype; runs on this one are refused unless --force-device is given.",
                    setting.words(), verdict.stage(), verdict.error(), verdict.allowed());
        }
        stdout.printf(
                Locale.ROOT,
                "%s is right: nothing is off by more than rounding; nearest to it is %s, %.1e of %.1e%n",
                setting.words(),
                verdict.stage(),
                verdict.error(),
                verdict.allowed());
        return 0;
    }
}
