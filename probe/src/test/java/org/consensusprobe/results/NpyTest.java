package org.consensusprobe.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against files that numpy wrote. */
class NpyTest {
    private static final double[] MATRIX = {0.1, -2.5e-300, Math.PI, Double.NaN, Double.POSITIVE_INFINITY, -0.0};

    @TempDir
    Path folder;

    @Test
    void writesTheVeryBytesOfNumpy() throws IOException {
        Path file = folder.resolve("a.npy");

        Npy.write(file, MATRIX, 2, 3);
        assertThat(file).hasBinaryContent(numpys("float64-2x3"));

        float[] thirds = new float[8];
        for (int i = 0; i < thirds.length; i++) {
            thirds[i] = i / 3f;
        }
        Npy.write(file, thirds, 2, 2, 2);
        assertThat(file).hasBinaryContent(numpys("float32-2x2x2"));

        Npy.write(file, new double[] {0, 1, 2, 3, 4}, 5);
        assertThat(file).hasBinaryContent(numpys("float64-5"));

        Npy.write(file, new double[] {7.25});
        assertThat(file).hasBinaryContent(numpys("float64-0d"));

        Npy.write(file, new double[0], 2, 3, 0);
        assertThat(file).hasBinaryContent(numpys("float64-2x3x0"));
    }

    @Test
    void readsWhatNumpyWrote() throws IOException {
        NpyArray matrix = Npy.read(numpyFile("float64-2x3"));
        assertThat(matrix.type()).isEqualTo(NpyHeader.Type.FLOAT64);
        assertThat(matrix.shape()).containsExactly(2, 3);
        assertThat(matrix.values())
                .usingComparator((a, b) -> Arrays.equals(a, b) ? 0 : 1)
                .isEqualTo(MATRIX);
        assertThat(matrix.rows()[0]).containsExactly(0.1, -2.5e-300, Math.PI);

        NpyArray cube = Npy.read(numpyFile("float32-2x2x2"));
        assertThat(cube.type()).isEqualTo(NpyHeader.Type.FLOAT32);
        assertThat(cube.shape()).containsExactly(2, 2, 2);
        assertThat(cube.values()[7]).isEqualTo((double) (7 / 3f));

        assertThat(Npy.read(numpyFile("float64-0d")).values()).containsExactly(7.25);
        assertThat(Npy.read(numpyFile("float64-2x3x0")).shape()).containsExactly(2, 3, 0);
    }

    @Property(tries = 50)
    void anyArrayComesBack(@ForAll @Size(max = 40) double[] values, @ForAll @IntRange(min = 1, max = 3) int axes)
            throws IOException {
        int[] shape = new int[axes];
        Arrays.fill(shape, 1);
        shape[axes - 1] = values.length;
        Path file = Files.createTempFile("array", ".npy");
        try {
            Npy.write(file, values, shape);
            assertThat(Arrays.equals(Npy.read(file).values(), values)).isTrue();
            assertThat(Npy.readHeader(file).shape())
                    .isEqualTo(Arrays.stream(shape).boxed().toList());
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void anArrayWrittenInPiecesEqualsOneWrittenWhole() throws IOException {
        float[] prompt = new float[20_000];
        for (int i = 0; i < prompt.length; i++) {
            prompt[i] = (float) Math.sin(i);
        }
        Path pieces = folder.resolve("pieces.npy");
        Npy.write(pieces, NpyHeader.Type.FLOAT32, List.of(3, 100, 200), out -> {
            for (int i = 0; i < 3; i++) {
                out.append(prompt);
            }
        });
        float[] all = new float[60_000];
        for (int i = 0; i < 3; i++) {
            System.arraycopy(prompt, 0, all, i * prompt.length, prompt.length);
        }
        Path whole = folder.resolve("whole.npy");
        Npy.write(whole, all, 3, 100, 200);
        assertThat(pieces).hasSameBinaryContentAs(whole);
    }

    @Test
    void aWrongCountOfValuesLeavesNoFile() throws IOException {
        Path file = folder.resolve("a.npy");
        assertThatThrownBy(() -> Npy.write(file, new double[5], 2, 3)).hasMessageContaining("1 values missing");
        assertThatThrownBy(() -> Npy.write(file, new double[7], 2, 3)).hasMessageContaining("1 values too many");
        assertThatThrownBy(() ->
                        Npy.write(file, NpyHeader.Type.FLOAT32, List.of(1), out -> out.append(new double[] {0.1})))
                .hasMessageContaining("would lose digits");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "int64-3              | found '<i8'",
                "float64-big-endian   | expected little-endian float64, float32 or float16 ('<f8', '<f4', '<f2'), found '>f8'",
                "float64-fortran      | expected C order, found fortran_order True",
            })
    void refusesOtherArrays(String name, String message) {
        assertThatThrownBy(() -> Npy.read(numpyFile(name)))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(name)
                .hasMessageContaining(message);
    }

    @Test
    void refusesAnotherFormatVersion() {
        assertThatThrownBy(() -> Npy.read(resource("numpy-format-2.npy")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("expected .npy format 1.0, found 2.0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(3,)                       | needs 152 bytes, the file has 176",
                "(2, 3, 4)                  | needs 320 bytes",
                "(99999999999,)             | is not a tuple of sizes",
                "(2000000000, 2000000000, 2000000000, 2000000000) | more values than can be read",
                "(2, -3)                    | not a dictionary",
                "(2, x)                     | not a dictionary",
                "[2, 3]                     | not a dictionary",
            })
    void refusesAShapeThatCannotBe(String shape, String message) throws IOException {
        Path file = edited("(2, 3)", shape);
        assertThatThrownBy(() -> Npy.read(file)).isInstanceOf(Problem.class).hasMessageContaining(message);
        assertThatThrownBy(() -> Npy.readHeader(file)).isInstanceOf(Problem.class);
    }

    @Test
    void refusesDamagedFiles() throws IOException {
        byte[] good = numpys("float64-2x3");
        Path file = folder.resolve("a.npy");
        for (int length : new int[] {0, 5, 9, 60, good.length - 1}) {
            Files.write(file, Arrays.copyOf(good, length));
            assertThatThrownBy(() -> Npy.read(file))
                    .isInstanceOf(Problem.class)
                    .hasMessageStartingWith(file.toString());
        }
        Files.writeString(file, "version https://git-lfs.github.com/spec/v1\n");
        assertThatThrownBy(() -> Npy.read(file)).hasMessageContaining("does not start as a numpy array file");
        assertThatThrownBy(() -> Npy.read(edited("'fortran_order': False", "'descr': '<f8'        ")))
                .hasMessageContaining("names descr twice");
        assertThatThrownBy(() -> Npy.read(folder.resolve("none.npy"))).hasMessageContaining("missing");
        assertThatThrownBy(() -> Npy.read(folder)).hasMessageContaining("found a directory");
    }

    /** numpy's 2 x 3 matrix with some header text replaced, the header's length kept. */
    private Path edited(String text, String replacement) throws IOException {
        String file = new String(numpys("float64-2x3"), StandardCharsets.ISO_8859_1);
        int room = Math.max(0, replacement.length() - text.length());
        String header = file.substring(0, 128);
        String changed = header.replace(text, replacement).replace("}" + " ".repeat(room), "}");
        Path path = folder.resolve("edited.npy");
        Files.writeString(
                path,
                changed.substring(0, Math.min(127, changed.length() - 1))
                        + " ".repeat(Math.max(0, 128 - changed.length()))
                        + "\n"
                        + file.substring(128),
                StandardCharsets.ISO_8859_1);
        return path;
    }

    private static byte[] numpys(String name) throws IOException {
        try (InputStream in = NpyTest.class.getResourceAsStream("/results/numpy-" + name + ".npy")) {
            return in.readAllBytes();
        }
    }

    private Path numpyFile(String name) throws IOException {
        return resource("numpy-" + name + ".npy");
    }

    private Path resource(String name) throws IOException {
        Path copy = folder.resolve(name);
        try (InputStream in = NpyTest.class.getResourceAsStream("/results/" + name)) {
            Files.write(copy, in.readAllBytes());
        }
        return copy;
    }
}
