package org.consensusprobe.experiment.loop;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.consensusprobe.plan.Route;
import org.consensusprobe.torch.Buffers;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.NativeHeap;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.weights.Parts;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/**
 * Hands out layers in the order of a run, the next one being mapped or drawn while the current one computes.
 *
 * <p>Two layers are in memory at a time, or one where memory is short, and those that stay resident. What a layer holds does not
 * depend on either.
 */
final class LayerFeed implements AutoCloseable {
    private final WeightSource source;
    private final Kernels kernels;
    private final Route planned;
    private Route route;
    private int walksLeft;
    private final int resident;
    private final boolean ahead;
    private final boolean[] sharesWithNext;
    private final Buffers buffers = new Buffers();
    private final Map<Integer, Layer> kept = new HashMap<>();
    private final ExecutorService loader = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "layer-feed");
        thread.setDaemon(true);
        return thread;
    });
    private Future<Layer> coming;
    private int next;
    private Scope headScope;
    private Weights head;
    private int headPass;
    private Layer latest; // the loader's thread alone uses it before the end

    /**
     * A feed that starts anywhere in a run.
     *
     * @param times how often the route is walked
     * @param firstBlock how many blocks are done already
     * @param resident how many looped layers, from the first, stay in memory from one pass to the next
     * @param ahead whether the next layer is made before it is asked for, beside the one before it
     */
    LayerFeed(
            WeightSource source,
            Kernels kernels,
            Parts parts,
            Route route,
            int times,
            int firstBlock,
            int resident,
            boolean ahead) {
        this.source = source;
        this.kernels = kernels;
        this.planned = route;
        this.route = route;
        this.sharesWithNext = sharesWithNext(parts);
        this.walksLeft = times;
        this.resident = source.changesEachPass() ? 0 : resident;
        this.next = firstBlock;
        this.ahead = ahead;
        loader.submit(Kernels::prepareThread);
    }

    /** Which layers have the very tensors of the layer after them, as ALBERT's have: those are loaded once for both. */
    private static boolean[] sharesWithNext(Parts parts) {
        boolean[] shares = new boolean[parts.layers()];
        for (int layer = 0; layer + 1 < shares.length; layer++) {
            shares[layer] = parts.layer(layer, true).equals(parts.layer(layer + 1, true));
        }
        return shares;
    }

    /**
     * One layer's weights; with the last layer of a pass, the final norm's.
     *
     * @param resident whether they stay for the passes to come
     * @param handsOn whether the next layer of the pass goes on with them
     */
    record Layer(
            int pass, int index, Weights weights, Weights finalNorm, Scope scope, boolean resident, boolean handsOn)
            implements AutoCloseable {
        @Override
        public void close() {
            if (!resident && !handsOn) {
                scope.close();
            }
        }
    }

    /** The embedding tables, in a scope that the caller closes. */
    Weights embeddings(Scope scope) {
        return await(loader.submit(() -> NativeHeap.apart(() -> source.embeddings(kernels.in(scope)))));
    }

    /** The head that belongs to a pass; it lives until that of another pass is asked for, or the feed is closed. */
    Weights head(int pass) {
        if (head == null || source.changesEachPass() && headPass != pass) {
            closeHead();
            headScope = Scope.open();
            head = await(loader.submit(() -> NativeHeap.apart(() -> source.head(kernels.in(headScope), pass))));
            headPass = pass;
        }
        return head;
    }

    private void closeHead() {
        head = null;
        if (headScope != null) {
            headScope.close();
        }
    }

    /** The next layer, which the caller closes. */
    Layer next() {
        Layer layer = await(coming == null ? submit(next) : coming);
        next++;
        submitNext();
        return layer;
    }

    /** The route turns out shorter; what was loaded in advance is not what comes next. */
    void follow(Route shorter) {
        if (coming != null) {
            Layer layer = await(coming);
            if (!layer.resident()) {
                layer.scope().close();
            }
        }
        route = shorter;
        submitNext();
    }

    private void submitNext() {
        if (next == route.blocks()) {
            next = 0;
            route = planned;
            walksLeft--;
        }
        coming = ahead && walksLeft > 0 ? submit(next) : null;
    }

    private Future<Layer> submit(int position) {
        Route way = route;
        return loader.submit(() -> load(way, position + 1));
    }

    private Layer load(Route route, int depth) {
        int pass = route.at(depth).pass();
        int index = route.at(depth).layer();
        if (kept.containsKey(route.slot(depth))) {
            return kept.get(route.slot(depth));
        }
        boolean shared = latest != null && latest.handsOn() && latest.pass() == pass && latest.index() == index - 1;
        Scope scope = shared ? latest.scope() : Scope.over(buffers);
        try {
            Kernels k = kernels.in(scope);
            Weights weights = shared ? latest.weights() : source.layer(k, pass, index);
            boolean ends = depth == route.blocks() || route.endsPass(depth);
            Weights norm = ends ? source.finalNorm(k, pass) : null;
            boolean stays = route.isLooped(depth) && route.slot(depth) - route.first() < resident
                    || shared && latest.resident();
            boolean handsOn = sharesWithNext[index]
                    && depth < route.blocks()
                    && route.at(depth + 1).layer() == index + 1;
            latest = new Layer(pass, index, weights, norm, scope, stays, handsOn);
            if (stays) {
                kept.put(route.slot(depth), latest);
            }
            return latest;
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (coming != null) {
            try {
                await(coming).close();
            } catch (RuntimeException e) {
                // the layer was not needed any more, nor is the reason why it could not be loaded
            }
        }
        closeHead();
        kept.values().forEach(layer -> layer.scope().close());
        if (latest != null) {
            latest.scope().close(); // a run may end between layers that share weights; closing twice is harmless
        }
        loader.shutdown();
        buffers.close();
    }
}
