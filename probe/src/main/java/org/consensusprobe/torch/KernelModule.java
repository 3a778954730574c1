package org.consensusprobe.torch;

import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The loaded TorchScript kernels: methods called by name, with results in one scope. */
final class KernelModule {
    private static final Map<String, KernelModule> LOADED = new ConcurrentHashMap<>();

    private final PtSymbolBlock module;
    private final Scope scope;
    private final IValue none;
    private final String sources;

    private KernelModule(PtSymbolBlock module, Scope scope, IValue none, String sources) {
        this.module = module;
        this.scope = scope;
        this.none = none;
        this.sources = sources;
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
        Scope forever = Scope.open();
        try {
            PtSymbolBlock module = JniUtils.loadModule(
                    forever.manager(), new ByteArrayInputStream(KernelArchive.pack(sources)), false, false);
            // DJL cannot make a None of its own; this one lives as long as the process
            return new KernelModule(module, forever, IValueUtils.runMethod(module, "none"), names);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same module, with results in another scope. */
    KernelModule in(Scope scope) {
        return new KernelModule(module, scope, none, sources);
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
