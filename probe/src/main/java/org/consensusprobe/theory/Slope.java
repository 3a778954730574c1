package org.consensusprobe.theory;

/** The rate at which a recorded quantity grows or decays. */
public final class Slope {
    private Slope() {}

    /**
     * The least-squares slope of log y over the times in [from, to]; values that are not positive are left out.
     *
     * @return per unit of time; NaN with fewer than three values
     */
    public static double ofLog(double[] t, double[] y, double from, double to) {
        int n = 0;
        double meanT = 0;
        double meanY = 0;
        for (int i = 0; i < t.length; i++) {
            if (used(t, y, i, from, to)) {
                n++;
                meanT += t[i];
                meanY += Math.log(y[i]);
            }
        }
        if (n < 3) {
            return Double.NaN;
        }
        meanT /= n;
        meanY /= n;
        double products = 0;
        double squares = 0;
        for (int i = 0; i < t.length; i++) {
            if (used(t, y, i, from, to)) {
                products += (t[i] - meanT) * (Math.log(y[i]) - meanY);
                squares += (t[i] - meanT) * (t[i] - meanT);
            }
        }
        return products / squares;
    }

    private static boolean used(double[] t, double[] y, int i, double from, double to) {
        return t[i] >= from && t[i] <= to && y[i] > 0;
    }
}
