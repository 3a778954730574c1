package org.consensusprobe.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.Utils;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.UnpackedLibrary;

/**
 * Starts libtorch once per process and says what it runs on.
 *
 * <p>The properties that keep DJL from downloading and from sending telemetry are set here, before any class of it loads.
 */
public final class Torch {
    private static Torch started;
    private static Problem failed;

    private final Engine engine;

    private Torch(Engine engine) {
        this.engine = engine;
    }

    /**
     * Starts libtorch and its kernels for the processor on a thread of its own, for commands that need them a little later. Where it
     * is still to be unpacked, or is the user's own, nothing is done; what fails is told where it is needed.
     *
     * @return completes with it, never with a failure; the process must not end before, in the middle of loading a library
     */
    public static CompletableFuture<Void> startBeside() {
        return CompletableFuture.runAsync(Torch::startAhead, task -> new Thread(task, "libtorch").start());
    }

    private static void startAhead() {
        setDefaults();
        if (System.getenv("PYTORCH_LIBRARY_PATH") != null
                || !UnpackedLibrary.isUnpacked(Utils.getEngineCacheDir("pytorch"), CudaLibrary.VERSION)) {
            return;
        }
        try (Scope scope = startedScope()) {
            Kernels.forDevice(scope, "cpu");
        } catch (RuntimeException | LinkageError e) {
            // the command meets it again, where it can be told
        }
    }

    private static Scope startedScope() {
        start(0);
        return Scope.open();
    }

    /**
     * Starts the engine, or returns the started one.
     *
     * @param threads threads of one operation; 0 leaves the number to libtorch (one per core)
     * @throws Problem if the native library cannot be loaded
     */
    public static synchronized Torch start(int threads) {
        if (started == null) {
            setDefaults();
            CudaLibrary.checkBeforeUse(System.getenv());
            UnpackedLibrary.require(Utils.getEngineCacheDir("pytorch"), CudaLibrary.VERSION, 450, "libtorch");
            started = new Torch(startEngine());
        }
        if (threads > 0) {
            JniUtils.setNumThreads(threads);
        }
        return started;
    }

    private static Engine startEngine() {
        if (failed != null) {
            throw failed; // a second try would say no more than that classes are missing
        }
        try {
            return Engine.getEngine("PyTorch");
        } catch (RuntimeException | LinkageError e) {
            failed = Problem.failed(
                    e,
                    "libtorch could not be started: %s.%nExpected its native library for %s %s; where the folder it is unpacked "
                            + "to may hold no programs (noexec), set DJL_CACHE_DIR to another.",
                    rootMessage(e),
                    System.getProperty("os.name"),
                    System.getProperty("os.arch"));
            throw failed;
        }
    }

    /** Threads that one operation uses. */
    public int threads() {
        return JniUtils.getNumThreads();
    }

    /** The version of the library that binds libtorch to Java. */
    public static String bindingVersion() {
        return Engine.getDjlVersion();
    }

    /** The folder that libtorch lies in: the user's own, or where it was unpacked. */
    public String folder() {
        String named = System.getenv("PYTORCH_LIBRARY_PATH");
        return named == null || named.isBlank()
                ? Utils.getEngineCacheDir("pytorch").toString()
                : named;
    }

    /** libtorch's version. */
    public String version() {
        return engine.getVersion();
    }

    /** Whether a CUDA device can be used by this libtorch. */
    public boolean hasCuda() {
        return engine.hasCapability("CUDA") && engine.getGpuCount() > 0;
    }

    /** Number of CUDA devices. */
    public int cudaDevices() {
        return engine.getGpuCount();
    }

    /** Whether this libtorch has Apple's Metal backend. */
    public boolean hasMps() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return os.contains("mac") && "aarch64".equals(System.getProperty("os.arch"));
    }

    /** What a device is: the processor's model, or a graphics card's kind as far as CUDA tells. */
    public String hardware(String device) {
        if (device.startsWith("cuda")) {
            int index = Integer.parseInt(device.substring(device.indexOf(':') + 1));
            return "compute capability " + CudaUtils.getComputeCapability(index);
        }
        return processor().get("model") + " " + processor().get("features");
    }

    /** The version of the driver between libtorch and a graphics card, as the system tells it; "none" for a processor. */
    public String driver(String device) {
        if (device.startsWith("cuda")) {
            return "CUDA " + CudaUtils.getCudaVersionString() + ", " + nvidiaDriver();
        }
        return device.equals("cpu") ? "none" : System.getProperty("os.version");
    }

    private static String nvidiaDriver() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/driver/nvidia/version"))) {
            return lines.findFirst().orElse("driver unknown");
        } catch (IOException | UncheckedIOException e) {
            return "driver unknown";
        }
    }

    /** The processor's vendor, model name and the instruction sets that matter to matrix products, as the system reports them. */
    public static Map<String, Object> processor() {
        return Processor.FACTS;
    }

    /** Whether MKL's products can be kept from depending on the number of threads: a mode of Intel's processors alone. */
    static boolean mklHasStrictMode() {
        return processor().get("vendor").equals("GenuineIntel");
    }

    private static void setDefaults() {
        setDefault("ai.djl.offline", "true");
        setDefault("OPT_OUT_TRACKING", "true");
        setDefault("RUST_FLAVOR", "cpu");
        // the search for a GPU ends in a warning where there is none, which is no news
        setDefault("org.slf4j.simpleLogger.log.ai.djl.util.cuda.CudaUtils", "error");
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage())
                .lines()
                .findFirst()
                .orElse(root.getClass().getSimpleName());
    }
}
