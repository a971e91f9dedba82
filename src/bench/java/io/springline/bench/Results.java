package io.springline.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
     * The median of what one is of the other in the same round, NaN if that was not measured. What
     * the machine does meanwhile meets both of them.
     */
    double ratio(String scenario, String row, String other, String metric) {
        List<Double> above = of(scenario, row, metric);
        List<Double> below = of(scenario, other, metric);
        return median(
                IntStream.range(0, Math.min(above.size(), below.size()))
                        .mapToObj(round -> above.get(round) / below.get(round))
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
