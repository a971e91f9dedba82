package io.springline.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;

/** Writes {@code report.json}, {@code report.md} and the plots. */
final class Report {

    private static final JsonMapper JSON = JsonMapper.shared();

    private final Results results;
    private final double loadBefore =
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();

    /** To be made before anything is measured. */
    Report(Results results) {
        this.results = results;
    }

    void write(Path folder) throws IOException {
        Files.writeString(folder.resolve("report.json"), json());
        String text = markdown();
        Files.writeString(folder.resolve("report.md"), text);
        plots(folder);
        System.out.println("\n" + text);
    }

    private Map<String, Object> circumstances() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        var facts = new LinkedHashMap<String, Object>();
        facts.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("processors", system.getAvailableProcessors());
        facts.put("load average before", number(loadBefore));
        facts.put("load average at the end", number(system.getSystemLoadAverage()));
        facts.put("java", Runtime.version().toString());
        facts.put("JVM options of all servers", System.getProperty("bench.jvm", ServiceBench.JVM));
        facts.put("rounds", ServiceBench.ROUNDS);
        facts.put("seconds of each measurement", ServiceBench.TIME.toSeconds());
        return facts;
    }

    // report.json

    private String json() {
        var scenarios = new LinkedHashMap<String, Object>();
        results.all()
                .forEach((scenario, rows) -> {
                    var byRow = new LinkedHashMap<String, Object>();
                    rows.forEach((row, metrics) -> byRow.put(row, summaries(metrics)));
                    scenarios.put(scenario, byRow);
                });
        var aims = new ArrayList<Map<String, Object>>();
        for (Aim aim : Aim.all(results)) {
            var entry = new LinkedHashMap<String, Object>();
            entry.put("what", aim.what());
            entry.put("limit", aim.limit());
            entry.put("measured", Double.isNaN(aim.measured()) ? null : aim.measured());
            entry.put("verdict", aim.verdict().replace("*", ""));
            aims.add(entry);
        }
        var all = new LinkedHashMap<String, Object>();
        all.put("circumstances", circumstances());
        all.put("notes", results.notes());
        all.put("aims", aims);
        all.put("scenarios", scenarios);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all);
    }

    private static Map<String, Object> summaries(Map<String, List<Double>> metrics) {
        var summaries = new LinkedHashMap<String, Object>();
        metrics.forEach((metric, values) -> {
            var range = values.stream().mapToDouble(each -> each).summaryStatistics();
            var summary = new LinkedHashMap<String, Object>();
            summary.put("median", Results.median(values));
            summary.put("min", range.getMin());
            summary.put("max", range.getMax());
            summary.put("rounds", values);
            summaries.put(metric, summary);
        });
        return summaries;
    }

    // report.md

    private String markdown() {
        var text = new StringBuilder("# What the service costs\n\n");
        circumstances().forEach((what, is) -> text.append("* %s: %s\n".formatted(what, is)));
        results.notes().forEach(note -> text.append("* ").append(note).append('\n'));
        text.append("\nMedians of the rounds, lowest and highest in brackets.\n");
        text.append("\n## Aims\n\n| | aim | measured | |\n|---|---|---:|---|\n");
        Aim.all(results).forEach(aim -> text.append(aim.row()).append('\n'));
        for (String scenario : results.all().keySet()) {
            if (!scenario.equals(CallBench.DISTRIBUTION)) {
                table(text, scenario);
            }
        }
        if (!results.rows(CallBench.CALLS).isEmpty()) {
            ratios(text);
        }
        text.append("\n![](latency.svg)\n![](cpu.svg)\n![](memory.svg)\n![](scaling.svg)\n");
        return text.toString();
    }

    /** A row for each metric, a column for each server. */
    private void table(StringBuilder text, String scenario) {
        var metrics = new LinkedHashSet<String>();
        results.all().get(scenario).values().forEach(row -> metrics.addAll(row.keySet()));
        var servers = results.rows(scenario);
        text.append("\n## %s\n\n| |".formatted(scenario));
        servers.forEach(server -> text.append(" %s |".formatted(server)));
        text.append("\n|---|").append("---:|".repeat(servers.size())).append('\n');
        for (String metric : metrics) {
            text.append("| ").append(metric).append(" |");
            for (String server : servers) {
                text.append(" %s |".formatted(cell(results.of(scenario, server, metric))));
            }
            text.append('\n');
        }
    }

    private static String cell(List<Double> values) {
        if (values.stream().noneMatch(Double::isFinite)) {
            return "";
        }
        String median = number(Results.median(values));
        var range = values.stream().mapToDouble(each -> each).summaryStatistics();
        return values.size() == 1
                ? median
                : "%s (%s–%s)".formatted(median, number(range.getMin()), number(range.getMax()));
    }

    /** CPU of each way in terms of each other one, in the same round. */
    private void ratios(StringBuilder text) {
        for (String load : List.of("64x1", "64x16")) {
            var rows = results.rows(CallBench.CALLS);
            text.append("\n## CPU per call, %s: row ÷ column\n\n| |".formatted(load));
            rows.forEach(row -> text.append(" %s |".formatted(row)));
            text.append("\n|---|").append("---:|".repeat(rows.size())).append('\n');
            for (String row : rows) {
                text.append("| ").append(row).append(" |");
                for (String other : rows) {
                    double ratio = results.ratio(CallBench.CALLS, row, other, load + " CPU µs");
                    text.append(String.format(Locale.ROOT, " %.2f |", ratio));
                }
                text.append('\n');
            }
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
    }

    // plots

    private void plots(Path folder) throws IOException {
        var quantiles = CallBench.QUANTILES.stream().map(q -> Double.toString(q)).toList();
        Files.writeString(
                folder.resolve("latency.svg"),
                Plot.lines(
                        "Latency, 3,000 calls/s over 100 connections",
                        "quantile",
                        "µs",
                        quantiles,
                        series(CallBench.DISTRIBUTION, quantiles, "")));
        Files.writeString(
                folder.resolve("cpu.svg"),
                Plot.bars(
                        "Server CPU per call, 64 connections",
                        "µs",
                        List.of("1 in flight", "16 in flight"),
                        series(CallBench.CALLS, List.of("64x1", "64x16"), " CPU µs")));
        var steps = new TreeSet<>(ConnectionBench.STEPS);
        for (var metrics : results.all().getOrDefault(ConnectionBench.IDLE, Map.of()).values()) {
            metrics.keySet().stream()
                    .filter(metric -> metric.endsWith(ConnectionBench.HEAP))
                    .forEach(metric -> steps.add(Integer.valueOf(metric.split(" ")[0])));
        }
        var counts = steps.stream().map(step -> Integer.toString(step)).toList();
        Files.writeString(
                folder.resolve("memory.svg"),
                Plot.bars(
                        "Live heap per idle connection",
                        "KB",
                        counts,
                        series(ConnectionBench.IDLE, counts, ConnectionBench.HEAP)));
        var scales = CallBench.SCALES.stream().map(scale -> Integer.toString(scale)).toList();
        Files.writeString(
                folder.resolve("scaling.svg"),
                Plot.bars(
                        "Server CPU per call, 2,000 calls/s over 1 to 10,000 connections",
                        "µs",
                        scales,
                        series(CallBench.SCALING, scales, " CPU µs")));
    }

    private List<Plot.Series> series(String scenario, List<String> places, String metric) {
        return results.rows(scenario).stream()
                .map(row ->
                        new Plot.Series(
                                row,
                                places.stream()
                                        .mapToDouble(place ->
                                                results.median(scenario, row, place + metric))
                                        .toArray()))
                .toList();
    }
}
