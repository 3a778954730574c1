package org.consensusprobe.weights;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.gguf.GgufFile;

/** An architecture under llama.cpp's name, {@code general.architecture}, whose names and metadata are known here. */
enum GgufArchitecture {
    LLAMA,
    QWEN2,
    QWEN3,
    GEMMA,
    GEMMA2,
    PHI3,
    GPT2;

    /** llama.cpp's name, with which metadata keys begin; it is Hugging Face's {@code model_type} too. */
    String prefix() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The architecture of a file. */
    static GgufArchitecture of(GgufFile file) {
        String name = file.metadata()
                .text("general.architecture")
                .orElseThrow(() -> Problem.input("%s: general.architecture is missing.", file.file()));
        return Arrays.stream(values())
                .filter(a -> a.prefix().equals(name))
                .findFirst()
                .orElseThrow(() -> Problem.input(
                        "%s: architecture \"%s\" is not known in GGUF files; known: %s.%n"
                                + "If its Hugging Face form is, give a directory of safetensors.",
                        file.file(),
                        Shown.text(name),
                        Arrays.stream(values()).map(GgufArchitecture::prefix).collect(Collectors.joining(", "))));
    }
}
