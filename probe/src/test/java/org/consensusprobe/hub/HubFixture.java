package org.consensusprobe.hub;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small model on a {@link FakeHub}, and a client whose waits are short. */
public final class HubFixture {
    public static final String REPOSITORY = "org/tiny";
    static final ModelId ID = ModelId.parse(REPOSITORY);

    /** Quick, but as many attempts as a user has. */
    static final Retries QUICK = new Retries(4, Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofSeconds(5));

    private HubFixture() {}

    /** Config, tokenizer and one safetensors file of {@code floats} elements; and files that nobody needs. */
    public static FakeHub hub(int floats) {
        return new FakeHub()
                .add(REPOSITORY, ".gitattributes", new byte[] {1})
                .add(REPOSITORY, "README.md", "hello")
                .add(REPOSITORY, "config.json", config())
                .add(REPOSITORY, "pytorch_model.bin", new byte[] {1, 2, 3})
                .add(REPOSITORY, "onnx/model.onnx", new byte[] {4})
                .add(REPOSITORY, "model.safetensors", safetensors(floats))
                .add(REPOSITORY, "tokenizer.json", "{\"version\": \"1.0\"}")
                .add(REPOSITORY, "vocab.json", "{}");
    }

    public static byte[] config() {
        return ("{\"model_type\": \"gpt2\", \"architectures\": [\"GPT2LMHeadModel\"], \"n_layer\": 2, \"n_embd\": 8,"
                        + " \"n_head\": 2, \"n_positions\": 16, \"vocab_size\": 11}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** One float32 tensor {@code wte.weight} of random bytes. */
    public static byte[] safetensors(int floats) {
        byte[] header = ("{\"wte.weight\":{\"dtype\":\"F32\",\"shape\":[" + floats + "],\"data_offsets\":[0,"
                        + 4L * floats + "]}}")
                .getBytes(StandardCharsets.UTF_8);
        byte[] data = new byte[4 * floats];
        new Random(floats).nextBytes(data);
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(data)
                .array();
    }

    public static Map<String, String> environment(FakeHub hub, Path cache) {
        Map<String, String> environment = new HashMap<>();
        environment.put("HF_ENDPOINT", hub.endpoint());
        environment.put("HF_HUB_CACHE", cache.toString());
        environment.put("HF_HOME", cache.resolveSibling("hf-home").toString());
        environment.put("HF_HUB_DOWNLOAD_TIMEOUT", "1");
        environment.put("HF_HUB_ETAG_TIMEOUT", "2");
        return environment;
    }

    static Hub client(Map<String, String> environment) {
        return client(environment, Links.SYMBOLIC);
    }

    static Hub client(Map<String, String> environment, Links links) {
        return new Hub(HubSettings.from(environment), QUICK, links, folder -> Long.MAX_VALUE);
    }

    static Hub client(FakeHub hub, Path cache) {
        return client(environment(hub, cache));
    }

    /** Keeps what it hears. */
    static final class Listener implements ByteProgress {
        final List<String> lines = new ArrayList<>();
        long present = -1;
        long total;
        long last;
        boolean whole;

        @Override
        public synchronized void begins(String what, int files, long bytes, long presentBytes) {
            lines.add(what);
            total = bytes;
            present = presentBytes;
        }

        @Override
        public synchronized void advanced(long bytes) {
            last = bytes;
        }

        @Override
        public synchronized void note(String line) {
            lines.add(line);
        }

        @Override
        public synchronized void ends(boolean isWhole) {
            whole = isWhole;
        }
    }
}
