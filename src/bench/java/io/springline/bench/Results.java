package io.springline.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;

/** What was measured, by scenario, row and metric: one value for each round. */
final class Results {

    private final Map<String, Map<String, Map<String, List<Double>>>> values =
            new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    void add(String scenario, String row, String metric, double value) {
        values.computeIfAbsent(scenario, _ -> new LinkedHashMap<>())
                .computeIfAbsent(row, _ -> new LinkedHashMap<>())
                .computeIfAbsent(metric, _ -> new ArrayList<>())
                .add(value);
    }

    @FunctionalInterface
    interface Measurement {
        Sample run() throws Exception;
    }

    /**
     * Measures and keeps what was measured; a failure leaves a gap in this round.
     *
     * @param load stands in front of each metric's name
     */
    Sample record(String scenario, String row, String load, Measurement measurement)
            throws InterruptedException {
        String what = "%s %s, %s".formatted(scenario, load, row);
        Sample sample;
        try {
            sample = measurement.run();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            note("%s failed: %s".formatted(what, e.getMessage()));
            sample = Sample.NONE;
        }
        add(scenario, row, load + " CPU µs", sample.cpuMicros());
        add(scenario, row, load + " p50 µs", sample.micros(0.5));
        add(scenario, row, load + " p99 µs", sample.micros(0.99));
        add(scenario, row, load + " calls/s", sample.perSecond());
        if (sample.errors() > 0) {
            note(
                    "%s: %d of %d answers were no echo"
                            .formatted(what, sample.errors(), sample.nanos().length));
        }
        ServiceBench.progress(
                "%s: CPU %.1f µs, p50 %.0f µs, p99 %.0f µs, %.0f calls/s"
                        .formatted(
                                what,
                                sample.cpuMicros(),
                                sample.micros(0.5),
                                sample.micros(0.99),
                                sample.perSecond()));
        return sample;
    }

    /** Something the reader of the figures has to know. */
    void note(String note) {
        System.out.println("NOTE: " + note);
        if (!notes.contains(note)) {
            notes.add(note);
        }
    }

    List<String> notes() {
        return List.copyOf(notes);
    }

    Map<String, Map<String, Map<String, List<Double>>>> all() {
        return values;
    }

    Set<String> rows(String scenario) {
        return values.getOrDefault(scenario, Map.of()).keySet();
    }

    List<Double> of(String scenario, String row, String metric) {
        return values.getOrDefault(scenario, Map.of())
                .getOrDefault(row, Map.of())
                .getOrDefault(metric, List.of());
    }

    /** NaN if it was not measured. */
    double median(String scenario, String row, String metric) {
        return median(of(scenario, row, metric));
    }

    /**
     * The median of one divided by the other in the same round, NaN if that was not measured. What
     * the machine does meanwhile meets both of them.
     */
    double ratio(String scenario, String row, String other, String metric) {
        return inEachRound(scenario, row, other, metric, (a, b) -> a / b);
    }

    /** The median of one minus the other in the same round, NaN if that was not measured. */
    double difference(String scenario, String row, String other, String metric) {
        return inEachRound(scenario, row, other, metric, (a, b) -> a - b);
    }

    private double inEachRound(
            String scenario,
            String row,
            String other,
            String metric,
            DoubleBinaryOperator operator) {
        List<Double> first = of(scenario, row, metric);
        List<Double> second = of(scenario, other, metric);
        return median(
                IntStream.range(0, Math.min(first.size(), second.size()))
                        .mapToObj(round ->
                                operator.applyAsDouble(first.get(round), second.get(round)))
                        .toList());
    }

    static double median(List<Double> values) {
        double[] sorted =
                values.stream()
                        .filter(Double::isFinite)
                        .mapToDouble(Double::doubleValue)
                        .sorted()
                        .toArray();
        int middle = sorted.length / 2;
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted.length % 2 == 1
                ? sorted[middle]
                : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
    }
}
