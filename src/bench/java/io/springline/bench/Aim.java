package io.springline.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * A number to be reached, and the one that was measured.
 *
 * @param measured NaN if it was not
 * @param limit not to be exceeded
 */
record Aim(String what, double measured, double limit, String unit) {

    private static final List<Way> BOTH = List.of(Way.SPRINGLINE, Way.SPRINGLINE_MODERN);

    String verdict() {
        return Double.isNaN(measured)
                ? "not measured"
                : measured <= limit ? "reached" : "**not reached**";
    }

    String row() {
        String value = Double.isNaN(measured) ? "–" : number(measured) + unit;
        return "| %s | ≤ %s%s | %s | %s |".formatted(what, number(limit), unit, value, verdict());
    }

    private static String number(double number) {
        return String.format(Locale.ROOT, "%.2f", number).replaceAll("\\.?0+$", "");
    }

    /** All aims of the service. Ratios and differences are medians of those of each round. */
    static List<Aim> all(Results results) {
        var aims = new ArrayList<Aim>();
        relayed(aims, results);
        calls(aims, results);
        connections(aims, results);
        starts(aims, results);
        flatness(aims, results);
        return aims;
    }

    private static void ratio(
            List<Aim> aims, double ratio, String what, String other, double limit) {
        aims.add(new Aim("%s ÷ %s".formatted(what, other), ratio, limit, " ×"));
    }

    private static void relayed(List<Aim> aims, Results results) {
        String springline = RelayWay.STDIO.title;
        String peer = RelayWay.SUPERGATEWAY.title;
        for (String metric : List.of("CPU", "p50")) {
            for (RelayBench.Load load : RelayBench.LOADS) {
                boolean alone = metric.equals("p50") || load.connections() == 1;
                String row = "%s %s µs".formatted(load, metric);
                ratio(
                        aims,
                        results.ratio(RelayBench.CALLS, springline, peer, row),
                        "relayed stdio call, %s, %s".formatted(load, metric),
                        "supergateway",
                        alone ? 1 : 0.8);
            }
        }
        String p99 = CallBench.OPEN_RATE + "/s p99 µs";
        aims.add(
                new Aim(
                        "relayed stdio call, 3,000 calls/s, added p99",
                        results.difference(RelayBench.OPEN_LOOP, springline, RelayBench.DIRECT, p99)
                                / 1e3,
                        1,
                        " ms"));
        for (RelayBench.Load load : RelayBench.LOADS.subList(0, 2)) {
            aims.add(
                    new Aim(
                            "relayed HTTP call, %s, CPU".formatted(load),
                            results.median(RelayBench.CALLS, RelayWay.HTTP.title, load + " CPU µs"),
                            load.connections() == 1 ? 250 : 120,
                            " µs"));
        }
    }

    private static void calls(List<Aim> aims, Results results) {
        for (Way way : BOTH) {
            boolean legacy = way == Way.SPRINGLINE;
            cpu(aims, results, way, Way.QUARKUS_NONBLOCKING, 1, legacy ? 1 : 1.1);
            cpu(aims, results, way, Way.QUARKUS_NONBLOCKING, 16, legacy ? 0.6 : 0.75);
            cpu(aims, results, way, Way.SPRING_ECHO, 1, 1.15);
            ratio(
                    aims,
                    results.ratio(
                            CallBench.OPEN_LOOP, way.title, Way.SPRING_ECHO.title, "100 p99 µs"),
                    "3,000 calls/s, p99, " + way.title,
                    Way.SPRING_ECHO.title,
                    1);
        }
    }

    private static void cpu(
            List<Aim> aims, Results results, Way way, Way other, int depth, double limit) {
        String metric = "64x%d CPU µs".formatted(depth);
        ratio(
                aims,
                results.ratio(CallBench.CALLS, way.title, other.title, metric),
                "call, 64x%d, CPU, %s".formatted(depth, way.title),
                other.title,
                limit);
    }

    private static void connections(List<Aim> aims, Results results) {
        String springline = Way.SPRINGLINE.title;
        ratio(
                aims,
                results.ratio(ConnectionBench.CONNECT, springline, Way.SPRING_ECHO.title, "p50 µs"),
                "connect, p50",
                Way.SPRING_ECHO.title,
                1);
        aims.add(
                new Aim(
                        "heap of an idle connection, at 10,000",
                        results.median(
                                ConnectionBench.IDLE,
                                springline,
                                ConnectionBench.RECEIVERS + ConnectionBench.HEAP),
                        6,
                        " KB"));
        aims.add(
                new Aim(
                        "1,000 connections, heap of 64 MB, failed calls",
                        results.median(
                                ConnectionBench.SMALL_HEAP, springline, ConnectionBench.FAILED),
                        0,
                        ""));
    }

    private static void starts(List<Aim> aims, Results results) {
        double ready = results.median(StartBench.START, StartBench.DISTRIBUTION, StartBench.READY);
        aims.add(new Aim("start of the distribution", ready, 2.5, " s"));
        start(aims, results, StartBench.DISTRIBUTION, StartBench.BARE, 1.2);
        start(aims, results, StartBench.RUN, StartBench.BARE_RUN, 1.5);
        double answered = results.median(StartBench.START, StartBench.COMMAND, StartBench.ENDED);
        aims.add(new Aim("bin/springline call", answered, 0.6, " s"));
        double rss = results.median(StartBench.START, StartBench.DISTRIBUTION, StartBench.RSS);
        aims.add(new Aim("RSS after the start of the distribution", rss, 220, " MB"));
    }

    private static void start(
            List<Aim> aims, Results results, String row, String other, double limit) {
        ratio(
                aims,
                results.ratio(StartBench.START, row, other, StartBench.READY),
                "start, " + row,
                other,
                limit);
    }

    private static void flatness(List<Aim> aims, Results results) {
        String springline = Way.SPRINGLINE.title;
        for (String metric : List.of(" CPU µs", " p99 µs")) {
            aims.add(
                    new Aim(
                            "1 to 10,000 connections,%s, most ÷ least"
                                    .formatted(metric.replace(" µs", "")),
                            spread(
                                    CallBench.SCALES.stream()
                                            .mapToDouble(scale ->
                                                    results.median(
                                                            CallBench.SCALING,
                                                            springline,
                                                            scale + metric))),
                            1.3,
                            " ×"));
        }
        aims.add(
                new Aim(
                        "1,000 to 10,000 connections, heap of each, most ÷ least",
                        spread(
                                ConnectionBench.STEPS.stream()
                                        .mapToDouble(step ->
                                                results.median(
                                                        ConnectionBench.IDLE,
                                                        springline,
                                                        step + ConnectionBench.HEAP))),
                        1.3,
                        " ×"));
    }

    /** NaN if one of them was not measured. */
    private static double spread(DoubleStream medians) {
        var range = medians.summaryStatistics();
        return range.getMax() / range.getMin();
    }
}
