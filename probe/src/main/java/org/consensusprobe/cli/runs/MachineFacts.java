package org.consensusprobe.cli.runs;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.cli.terminal.TemporaryFolder;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.UserCache;
import org.consensusprobe.experiment.loop.MemoryPlan;
import org.consensusprobe.experiment.loop.Numerics;
import org.consensusprobe.hub.Hub;
import org.consensusprobe.hub.HubSettings;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.prompts.Tokenizer;
import org.consensusprobe.torch.Torch;

/** What of a machine matters to runs, a line each; what cannot be found out is said so. */
final class MachineFacts {
    private static final String SENTENCE = "Tokens drift to consensus.";
    private final List<List<String>> lines = new ArrayList<>();

    private MachineFacts() {}

    /** All that is looked at without a request; the libraries are loaded for it. */
    static MachineFacts of(Torch torch) {
        MachineFacts facts = new MachineFacts();
        facts.add(
                "program",
                Build.version() + Build.commit().map(c -> ", commit " + c).orElse(""));
        facts.add(
                "java",
                System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + "), at most "
                        + MemoryPlan.human(Runtime.getRuntime().maxMemory()) + " of memory");
        facts.add(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        facts.add("locale", locale());
        facts.processor(torch);
        facts.devices(torch);
        facts.memory();
        facts.add("libtorch", torch.version() + ", DJL " + Torch.bindingVersion() + ", in " + torch.folder());
        facts.add("tokenizers", tokenizers());
        facts.folder("here", Path.of("").toAbsolutePath());
        facts.folder("temporary folder", Path.of(System.getProperty("java.io.tmpdir")));
        UserCache.directory(System.getenv())
                .ifPresentOrElse(f -> facts.folder("cache", f), () -> facts.add("cache", "none: there is no home"));
        facts.hub();
        return facts;
    }

    /** Asks the hub for one small model's files. */
    MachineFacts withNetwork() {
        HubSettings settings = HubSettings.fromEnvironment();
        long start = System.nanoTime();
        String answer;
        try (TemporaryFolder folder = TemporaryFolder.make("consensus-doctor")) {
            new Hub(settings).outline(ModelId.parse("openai-community/gpt2"), folder.path());
            answer = "answers in " + (System.nanoTime() - start) / 1_000_000 + " ms";
        } catch (Problem e) {
            answer = "does not answer: " + String.valueOf(e.getMessage()).replaceAll("\\R", " ");
        }
        add("network", settings.endpoint() + " " + answer);
        return this;
    }

    List<List<String>> lines() {
        return List.copyOf(lines);
    }

    private void add(String what, String found) {
        lines.add(List.of(what, found));
    }

    private static String locale() {
        return "text in " + Charset.defaultCharset() + ", file names in "
                + System.getProperty("sun.jnu.encoding", "an unknown encoding")
                + "; results do not depend on the language";
    }

    private void processor(Torch torch) {
        Map<String, Object> processor = Torch.processor();
        add(
                "processor",
                processor.get("model") + ", " + processor.get("cores") + " cores, " + torch.threads()
                        + " threads of an operation");
        List<?> features = (List<?>) processor.get("features");
        add(
                "instructions",
                (features.isEmpty()
                                ? "cannot be told"
                                : String.join(
                                        " ",
                                        features.stream().map(String::valueOf).toList()))
                        + "; bfloat16 "
                        + (Numerics.multipliesBfloat16(processor) ? "multiplies in hardware" : "is expanded to float32")
                        + "; MKL_CBWR " + System.getenv().getOrDefault("MKL_CBWR", "unset"));
    }

    private void devices(Torch torch) {
        List<String> devices = new ArrayList<>(List.of("cpu"));
        if (torch.hasCuda()) {
            for (int i = 0; i < torch.cudaDevices(); i++) {
                devices.add("cuda:" + i + " (" + torch.hardware("cuda:" + i) + ", " + torch.driver("cuda:" + i) + ")");
            }
        }
        if (torch.hasMps()) {
            devices.add("mps");
        }
        add("devices", String.join(", ", devices));
        if (!torch.hasCuda() && Files.exists(Path.of("/proc/driver/nvidia/version"))) {
            add("", "a CUDA driver is here, and this libtorch is the processor's: docs/platforms.md, \"On a GPU\"");
        }
    }

    private void memory() {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        add(
                "memory",
                MemoryPlan.human(system.getTotalMemorySize()) + ", " + MemoryPlan.human(system.getFreeMemorySize())
                        + " of it unused; a run takes up to " + MemoryPlan.human(MemoryPlan.halfOfMachine())
                        + " without --memory");
    }

    private static String tokenizers() {
        try (Tokenizer tokenizer = Tokenizer.load(Tokenizer.gpt2())) {
            int[] ids = tokenizer.encode(SENTENCE, false);
            return tokenizer.decode(ids).equals(SENTENCE)
                    ? "work: a sentence is " + ids.length + " tokens of GPT-2, and back"
                    : "do not work: a sentence does not come back from its tokens";
        } catch (Problem e) {
            return "do not work: " + String.valueOf(e.getMessage()).replaceAll("\\R", " ");
        }
    }

    private void hub() {
        try {
            HubSettings settings = HubSettings.fromEnvironment();
            folder("models", settings.cache());
            add("hub", settings.endpoint() + (settings.offline() ? ", offline by the environment" : ""));
        } catch (Problem e) {
            add("hub", String.valueOf(e.getMessage()).replaceAll("\\R", " "));
        }
    }

    /** A folder: whether it can be written to, or made, and what room its disk has. */
    private void folder(String what, Path folder) {
        Optional<Path> there = Optional.of(folder.toAbsolutePath());
        while (there.isPresent() && !Files.isDirectory(there.get())) {
            there = Optional.ofNullable(there.get().getParent());
        }
        String found;
        try {
            Path existing = there.orElseThrow(() -> new IOException("no such drive"));
            found = (Files.isWritable(existing) ? "can be written to, " : "cannot be written to, ")
                    + MemoryPlan.human(Files.getFileStore(existing).getUsableSpace()) + " free";
        } catch (IOException e) {
            found = "cannot be looked at: " + e.getMessage();
        }
        add(what, folder + (Files.isDirectory(folder) ? "" : " (not made yet)") + ": " + found);
    }
}
