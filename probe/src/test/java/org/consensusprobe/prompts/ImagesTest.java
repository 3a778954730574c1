package org.consensusprobe.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Images against what transformers' processors make of them ({@code scripts/reference-images.py}), and files that are none. */
class ImagesTest {
    private static final Path FILES = Reference.table("images").resolve("files");
    private static final Path PROCESSORS = Reference.table("images").resolve("processors");

    @TempDir
    Path folder;

    /** PNG exactly, but for float32's last place; JPEG decoders differ by a level or two, DINOv3's filter in float32. */
    @TestFactory
    Stream<DynamicTest> pixelsAreThoseOfTransformers() throws IOException {
        List<Path> all;
        try (Stream<Path> listed = Files.list(PROCESSORS)) {
            all = listed.filter(f -> f.toString().endsWith(".json")).sorted().toList();
        }
        assertThat(all).hasSizeGreaterThan(10);
        return all.stream()
                .map(json -> DynamicTest.dynamicTest(json.getFileName().toString(), () -> compare(json)));
    }

    private void compare(Path json) throws IOException {
        Path model = Files.createTempDirectory(folder, "model");
        Files.copy(json, model.resolve("preprocessor_config.json"));
        ImageProcessor processor = ImageProcessor.in(model).orElseThrow();
        Images images = new ImageFolder(FILES, Integer.MAX_VALUE, processor);
        NpyArray expected = Npy.read(Path.of(json.toString().replace(".json", ".npy")));
        assertThat(expected.shape())
                .containsExactly(
                        images.count(), 3, images.size().height(), images.size().width());
        double level = processor.scale()
                / (processor.deviation() == null ? 1 : processor.deviation()[0]);
        int values = images.size().values();
        for (int i = 0; i < images.count(); i++) {
            double[] own = Arrays.copyOfRange(expected.values(), i * values, (i + 1) * values);
            double tolerance = images.name(i).startsWith("smooth") ? 2.01 : 1e-3;
            assertThat(largestDifference(images.pixels(i), own) / level)
                    .as(images.name(i))
                    .isLessThanOrEqualTo(tolerance);
        }
    }

    private static double largestDifference(double[] a, double[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    /** {@code random.seed(42); list(random.randbytes(11))}, and what follows it. */
    @Test
    void noiseIsPythons() {
        CPythonRandom random = new CPythonRandom(BigInteger.valueOf(42));
        byte[] first = random.randbytes(11);
        assertThat(Arrays.copyOf(first, 11)).containsExactly(FIRST);
        CPythonRandom copy = random.copy();
        assertThat(copy.randbytes(7)).isEqualTo(random.randbytes(7));
    }

    private static final byte[] FIRST = {-99, 121, -79, -93, 127, 49, -128, 28, 26, 103, 6};

    @Test
    void noiseIsTheSameInSmallerSetsAndInAnyOrder() {
        Images.Size size = new Images.Size(3, 5, 7);
        Images all = new NoiseImages("random:4@7", Integer.MAX_VALUE, size, ImageProcessor.plain());
        Images two = new NoiseImages("random:2@7", Integer.MAX_VALUE, size, ImageProcessor.plain());
        assertThat(all.pixels(1)).isEqualTo(two.pixels(1));
        assertThat(all.only(new int[] {3, 0}).pixels(1)).isEqualTo(all.pixels(0));
        assertThat(all.first(2).sha256()).isEqualTo(two.sha256()).isNotEqualTo(all.sha256());
        assertThat(Arrays.stream(all.pixels(3)).min().orElseThrow()).isBetween(-1.0, -0.8);
        assertThat(Arrays.stream(all.pixels(3)).max().orElseThrow()).isBetween(0.8, 1.0);
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        for (String name : List.of("rgb.png", "smooth.jpg")) {
            byte[] whole = Files.readAllBytes(FILES.resolve(name));
            for (int length : new int[] {0, 5, whole.length / 3, whole.length / 2, whole.length - 200}) {
                Path cut = folder.resolve(length + name);
                Files.write(cut, Arrays.copyOf(whole, length));
                assertRefused(cut, cut.getFileName().toString());
            }
        }
        Path text = folder.resolve("text.png");
        Files.writeString(text, "no image at all");
        assertRefused(text, "expected a PNG or JPEG");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> ImageFile.read(file))
                .as(file.toString())
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.getMessage().lines()).hasSizeLessThanOrEqualTo(2))
                .hasMessageContaining(message);
    }

    @Test
    void aFolderWithoutImagesOrAProcessorIsRefused() {
        Images.Size size = new Images.Size(3, 8, 8);
        ImageReader.Context without = new ImageReader.Context("vit", size, Optional.of(folder), 9);
        assertThatThrownBy(() -> ImageReader.read(FILES.toString(), without))
                .hasMessageContaining("preprocessor_config");
        assertThatThrownBy(() -> new ImageFolder(folder, 9, ImageProcessor.plain()))
                .hasMessageContaining("no images");
        assertThatThrownBy(() -> ImageReader.read("paper", without)).hasMessageContaining("takes images");
        assertThatThrownBy(() -> ImageReader.read("random:4x8", without)).hasMessageContaining("random:COUNT");
    }
}
