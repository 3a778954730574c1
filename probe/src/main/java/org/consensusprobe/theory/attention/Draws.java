package org.consensusprobe.theory.attention;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.core.source64.XoShiRo256PlusPlus;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.QRDecomposition;

/** Random numbers of a simulation: one stream for each purpose, all from the seed. */
public final class Draws {
    private final UniformRandomProvider random;
    private double spare = Double.NaN;

    private Draws(UniformRandomProvider random) {
        this.random = random;
    }

    /**
     * A stream of its own.
     *
     * @param purpose names what is drawn; another name, another stream
     * @param index of several streams with one purpose
     */
    public static Draws of(long seed, String purpose, int index) {
        CRC32 name = new CRC32();
        name.update(purpose.getBytes(StandardCharsets.UTF_8));
        // expands the three numbers into a state without zeros; its quality does not matter here
        Random expand = new Random(seed * 0x9E3779B97F4A7C15L + (name.getValue() << 20) + index);
        return new Draws(new XoShiRo256PlusPlus(
                new long[] {expand.nextLong(), expand.nextLong(), expand.nextLong(), expand.nextLong()}));
    }

    /** Uniform in [low, high). */
    public double uniform(double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    /** Standard normal, by Marsaglia's polar method. */
    public double normal() {
        if (!Double.isNaN(spare)) {
            double value = spare;
            spare = Double.NaN;
            return value;
        }
        while (true) {
            double a = uniform(-1, 1);
            double b = uniform(-1, 1);
            double s = a * a + b * b;
            if (s > 0 && s < 1) {
                double factor = Math.sqrt(-2 * Math.log(s) / s);
                spare = b * factor;
                return a * factor;
            }
        }
    }

    /** Entries uniform on [-1, 1]. */
    public DMatrixRMaj uniformMatrix(int rows, int columns) {
        DMatrixRMaj matrix = new DMatrixRMaj(rows, columns);
        for (int i = 0; i < matrix.data.length; i++) {
            matrix.data[i] = uniform(-1, 1);
        }
        return matrix;
    }

    /** Entries normal with this standard deviation. */
    public DMatrixRMaj normalMatrix(int rows, int columns, double deviation) {
        DMatrixRMaj matrix = new DMatrixRMaj(rows, columns);
        for (int i = 0; i < matrix.data.length; i++) {
            matrix.data[i] = deviation * normal();
        }
        return matrix;
    }

    /** Tokens uniform on the unit sphere, one after another. */
    public double[] sphere(int tokens, int dim) {
        double[] x = new double[tokens * dim];
        for (int i = 0; i < x.length; i++) {
            x[i] = normal();
        }
        Metric.euclidean(dim).unitTokens().restore(x);
        return x;
    }

    /** A uniform rotation: the orthogonal factor of a normal matrix, columns as eigenvectors. */
    public DMatrixRMaj rotation(int dim) {
        DMatrixRMaj columns = CommonOps_DDRM.transpose(normalMatrix(dim, dim, 1), null);
        QRDecomposition<DMatrixRMaj> qr = DecompositionFactory_DDRM.qr(dim, dim);
        qr.decompose(columns);
        DMatrixRMaj q = qr.getQ(null, false);
        DMatrixRMaj r = qr.getR(null, false);
        // the factor is unique, and uniform, where r's diagonal is positive
        CommonOps_DDRM.multCols(
                q,
                IntStream.range(0, dim)
                        .mapToDouble(i -> Math.signum(r.get(i, i)))
                        .toArray());
        return q;
    }
}
