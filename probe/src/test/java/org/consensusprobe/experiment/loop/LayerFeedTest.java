package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Layers that share their weights are loaded once for as long as they follow each other. */
class LayerFeedTest {
    private final List<String> loaded = new ArrayList<>();

    @BeforeAll
    static void startTorch() {
        Torch.start(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void sharedLayersAreLoadedOnceAPass() {
        // five layers, of which the first three share one group and the last two another
        assertThat(loadsOf("albert-groups", 0, 0)).containsExactly("0/0", "0/3", "1/0", "1/3");
    }

    @Test
    void sharedLayersStayResidentTogether() {
        assertThat(loadsOf("albert-groups", 0, 1)).containsExactly("0/0", "0/3", "1/3");
        assertThat(loadsOf("albert-groups", 0, 5)).containsExactly("0/0", "0/3");
    }

    @Test
    void aRunThatStartsWithinAGroupLoadsIt() {
        assertThat(loadsOf("albert-groups", 1, 0)).containsExactly("0/1", "0/3", "1/0", "1/3");
    }

    @Test
    void layersOfTheirOwnAreLoadedEach() {
        assertThat(loadsOf("tiny-bert", 0, 0)).containsExactly("0/0", "0/1", "0/2", "1/0", "1/1", "1/2");
    }

    @Test
    void withoutReadingAheadALayerIsLoadedWhenItIsAskedFor() {
        assertThat(loadsOf("tiny-bert", 0, 0, false)).containsExactly("0/0", "0/1", "0/2", "1/0", "1/1", "1/2");
        assertThat(loadsOf("albert-groups", 0, 0, false)).containsExactly("0/0", "0/3", "1/0", "1/3");
    }

    private List<String> loadsOf(String name, int firstBlock, int resident) {
        return loadsOf(name, firstBlock, resident, true);
    }

    private List<String> loadsOf(String name, int firstBlock, int resident, boolean ahead) {
        loaded.clear();
        Subject subject = Subject.fromDirectory(name, Reference.folder(name), WeightMode.RANDOM);
        int layers = subject.transformer().layers();
        Precision precision = Precision.uniform("cpu", DType.FLOAT32);
        try (Scope scope = Scope.open();
                WeightSource source = noting(WeightSource.random(subject.transformer(), true, 42, false, precision));
                LayerFeed feed = new LayerFeed(
                        source,
                        Kernels.plain(scope),
                        subject.transformer(),
                        Route.whole(layers, 2),
                        1,
                        firstBlock,
                        resident,
                        ahead)) {
            for (int block = firstBlock; block < 2 * layers; block++) {
                try (LayerFeed.Layer layer = feed.next()) {
                    // the tensors are alive: a closed one has no shape
                    String role = subject.transformer()
                            .layer(block % layers, true)
                            .get(0)
                            .role();
                    assertThat(layer.weights().get(role).shape()).hasSize(2);
                    if (!ahead) {
                        assertThat(loaded).hasSizeLessThanOrEqualTo(block - firstBlock + 1);
                    }
                    assertThat(layer.finalNorm() != null).isEqualTo(block % layers == layers - 1);
                }
            }
        }
        return List.copyOf(loaded);
    }

    private WeightSource noting(WeightSource source) {
        return new WeightSource() {
            @Override
            public Weights embeddings(Kernels kernels) {
                return source.embeddings(kernels);
            }

            @Override
            public Weights layer(Kernels kernels, int pass, int layer) {
                loaded.add(pass + "/" + layer);
                return source.layer(kernels, pass, layer);
            }

            @Override
            public Weights finalNorm(Kernels kernels, int pass) {
                return source.finalNorm(kernels, pass);
            }

            @Override
            public Weights head(Kernels kernels, int pass) {
                return source.head(kernels, pass);
            }

            @Override
            public boolean changesEachPass() {
                return source.changesEachPass();
            }

            @Override
            public void close() {
                source.close();
            }
        };
    }
}
