package io.springline.bench;

/**
 * One measurement.
 *
 * @param nanos of each call, sorted
 * @param cpuSeconds of the server, all threads and compilers
 * @param errors answers that were not what was asked for
 */
record Sample(long[] nanos, double seconds, double cpuSeconds, long errors) {

    /** Nothing was measured: all figures are NaN. */
    static final Sample NONE = new Sample(new long[0], Double.NaN, Double.NaN, 0);

    double micros(double quantile) {
        return nanos.length == 0 ? Double.NaN : nanos[(int) (quantile * (nanos.length - 1))] / 1e3;
    }

    double perSecond() {
        return nanos.length / seconds;
    }

    double cpuMicros() {
        return cpuSeconds * 1e6 / nanos.length;
    }
}
