package org.consensusprobe.theory.attention;

/**
 * What is measured of a cloud of tokens in directions u_i = x_i/|x_i|.
 *
 * <p>All from differences of unit vectors, s_ij = |u_i - u_j|^2 / 2 = 1 - cos, which keep their digits near consensus.
 */
public final class Cloud {
    private final int tokens;
    private final int dim;
    private final double[] u;

    private Cloud(int tokens, int dim, double[] u) {
        this.tokens = tokens;
        this.dim = dim;
        this.u = u;
    }

    /** The directions of a state of tokens one after another. */
    public static Cloud of(double[] state, int dim) {
        double[] u = state.clone();
        Metric.euclidean(dim).unitTokens().restore(u);
        return new Cloud(state.length / dim, dim, u);
    }

    /** E = (1/T) sum_j s_1j (eq. 25 of "The asymptotic behavior of attention in transformers"). */
    public double error() {
        double sum = 0;
        for (int j = 1; j < tokens; j++) {
            sum += apart(0, j);
        }
        return sum / tokens;
    }

    /** 1 - R^2 = (1/T) sum_i |u_i - ubar|^2, with R = |ubar| Kuramoto's order parameter. */
    public double disorder() {
        double[] mean = new double[dim];
        for (int i = 0; i < u.length; i++) {
            mean[i % dim] += u[i] / tokens;
        }
        double sum = 0;
        for (int i = 0; i < u.length; i++) {
            double difference = u[i] - mean[i % dim];
            sum += difference * difference;
        }
        return sum / tokens;
    }

    /** max_ij s_ij. */
    public double widest() {
        double widest = 0;
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < i; j++) {
                widest = Math.max(widest, apart(i, j));
            }
        }
        return widest;
    }

    /** 1 - E_b/E_b,max = -mean_ij expm1(-b s_ij), the energy's deficit. */
    public double energyDeficit(double beta) {
        double sum = 0;
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < i; j++) {
                sum -= 2 * Math.expm1(-beta * apart(i, j));
            }
        }
        return sum / tokens / tokens;
    }

    /** Connected components of s_ij < 1 - cos(angle). */
    public int clusters(double degrees) {
        double limit = 1 - Math.cos(Math.toRadians(degrees));
        int[] parent = new int[tokens];
        int count = tokens;
        for (int i = 0; i < tokens; i++) {
            parent[i] = i;
            for (int j = 0; j < i; j++) {
                if (apart(i, j) < limit) {
                    int a = root(parent, i);
                    int b = root(parent, j);
                    if (a != b) {
                        parent[a] = b;
                        count--;
                    }
                }
            }
        }
        return count;
    }

    /** The largest 1 - <u_i, v> of all tokens, from differences; v is a unit vector. */
    public double farthestFrom(double[] v) {
        double worst = 0;
        for (int i = 0; i < tokens; i++) {
            worst = Math.max(worst, apart(i, v));
        }
        return worst;
    }

    /** 1 - <u_i, v> of one token. */
    public double apart(int i, double[] v) {
        double sum = 0;
        for (int c = 0; c < dim; c++) {
            double difference = u[i * dim + c] - v[c];
            sum += difference * difference;
        }
        return sum / 2;
    }

    private double apart(int i, int j) {
        double sum = 0;
        for (int c = 0; c < dim; c++) {
            double difference = u[i * dim + c] - u[j * dim + c];
            sum += difference * difference;
        }
        return sum / 2;
    }

    private static int root(int[] parent, int i) {
        int root = i;
        while (parent[root] != root) {
            root = parent[root];
        }
        return root;
    }
}
