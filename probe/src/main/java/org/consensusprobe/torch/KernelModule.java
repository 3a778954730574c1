package org.consensusprobe.torch;

import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.consensusprobe.common.Sha256;

/** The loaded TorchScript kernels: methods called by name, with results in one scope. */
final class KernelModule {
    private static final Map<String, KernelModule> LOADED = new ConcurrentHashMap<>();
    private static final Pattern METHOD = Pattern.compile("(?m)^  def (\\w+)\\(.*\\) -> Tensor:$");

    private final PtSymbolBlock module;
    private final Scope scope;
    private final IValue none;
    private final String sources;
    private final String fingerprint;
    private final Set<String> methods;
    private final Between between;

    private KernelModule(
            PtSymbolBlock module,
            Scope scope,
            IValue none,
            String sources,
            String fingerprint,
            Set<String> methods,
            Between between) {
        this.module = module;
        this.scope = scope;
        this.none = none;
        this.sources = sources;
        this.fingerprint = fingerprint;
        this.methods = methods;
        this.between = between;
    }

    /** Stands between those who call kernels and the kernels. */
    @FunctionalInterface
    interface Between {
        /** Carries out a call, or looks on while {@code module} does. */
        IValue run(KernelModule module, String method, Object... arguments);
    }

    /**
     * The module of these source files, with results in a scope. It is packed, compiled and loaded once a process, which
     * takes as long as many a small run: a module has no state, and any number of threads may use it.
     */
    static KernelModule load(Scope results, String... sources) {
        return LOADED.computeIfAbsent(String.join(" + ", sources), names -> compile(names, sources))
                .in(results);
    }

    private static KernelModule compile(String names, String... sources) {
        return ofText(names, KernelArchive.text(sources));
    }

    /** A module of that TorchScript source. */
    static KernelModule ofText(String name, String code) {
        Scope forever = Scope.open();
        try {
            PtSymbolBlock module = JniUtils.loadModule(
                    forever.manager(), new ByteArrayInputStream(KernelArchive.pack(code)), false, false);
            // DJL cannot make a None of its own; this one lives as long as the process
            return new KernelModule(
                    module,
                    forever,
                    IValueUtils.runMethod(module, "none"),
                    name,
                    Sha256.of(code),
                    methodsOf(code),
                    null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same module, with results in another scope. */
    KernelModule in(Scope scope) {
        return new KernelModule(module, scope, none, sources, fingerprint, methods, between);
    }

    /** The same module, with something between it and those who call it; null for nothing. */
    KernelModule with(Between other) {
        return new KernelModule(module, scope, none, sources, fingerprint, methods, other);
    }

    /** The methods of a source text whose result is a tensor. */
    static Set<String> methodsOf(String code) {
        return METHOD.matcher(code).results().map(m -> m.group(1)).collect(Collectors.toUnmodifiableSet());
    }

    /** SHA-256 of the source text, in hexadecimal digits. */
    String fingerprint() {
        return fingerprint;
    }

    /** Whether it has a method of that name whose result is a tensor. */
    boolean has(String method) {
        return methods.contains(method);
    }

    /** The names of the source files. */
    String sources() {
        return sources;
    }

    /** Owns the results. */
    Scope scope() {
        return scope;
    }

    /** The tensor, or None for null. */
    Object optional(Tensor tensor) {
        return tensor == null ? none : tensor;
    }

    /** Calls a method whose result is a tensor. Arguments are tensors, numbers, strings, generators or arrays of longs. */
    Tensor tensor(String method, Object... arguments) {
        try (IValue result = run(method, arguments)) {
            return new Tensor(result.toTensor(scope.manager()));
        }
    }

    /** Calls a method; the caller closes the result. */
    IValue run(String method, Object... arguments) {
        return between == null ? call(method, arguments) : between.run(with(null), method, arguments);
    }

    private IValue call(String method, Object... arguments) {
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = toIValue(arguments[i]);
            }
            return IValueUtils.runMethod(module, method, values);
        } finally {
            for (int i = 0; i < values.length; i++) {
                if (values[i] != null && !isShared(arguments[i])) {
                    values[i].close();
                }
            }
        }
    }

    private static boolean isShared(Object argument) {
        return argument instanceof RandomKernels.Generator || argument instanceof IValue;
    }

    private static IValue toIValue(Object argument) {
        if (argument instanceof Tensor t) {
            return IValue.from(t.array());
        } else if (argument instanceof Long n) {
            return IValue.from(n);
        } else if (argument instanceof Double d) {
            return IValue.from(d);
        } else if (argument instanceof Boolean b) {
            return IValue.from(b);
        } else if (argument instanceof String s) {
            return IValue.from(s);
        } else if (argument instanceof long[] list) {
            return IValue.listFrom(list);
        } else if (argument instanceof RandomKernels.Generator g) {
            return g.value();
        } else if (argument instanceof IValue value) {
            return value;
        }
        throw new IllegalArgumentException("no kernel takes a " + argument);
    }
}
