package io.springline.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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

    /** All aims of the service. */
    static List<Aim> all(Results results) {
        var aims = new ArrayList<Aim>();
        for (Way way : BOTH) {
            cpu(aims, results, way, Way.QUARKUS_1, 1, 0.85);
            Way newest = way == Way.SPRINGLINE ? Way.QUARKUS_2 : Way.QUARKUS_2_MODERN;
            cpu(aims, results, way, newest, 0.85, 0.6);
            cpu(aims, results, way, Way.SPRING_ECHO, 1.25, 1.25);
            cpu(aims, results, way, Way.NETTY_ECHO, 1.6, 2);
        }
        for (Way way : BOTH) {
            double p50 = results.median(CallBench.OPEN_LOOP, way.title, "100 p50 µs") / 1e3;
            aims.add(new Aim("3,000 calls/s, p50, " + way.title, p50, 0.3, " ms"));
            double p99 =
                    results.ratio(
                            CallBench.OPEN_LOOP, way.title, Way.QUARKUS_1.title, "100 p99 µs");
            aims.add(new Aim("3,000 calls/s, p99 ÷ Quarkus MCP 1.7.2, " + way.title, p99, 1, " ×"));
        }
        connections(aims, results);
        http(aims, results);
        aims.add(start(results, StartBench.CACHED, 1.5));
        aims.add(start(results, StartBench.JAR, 3));
        aims.add(
                new Aim(
                        "CPU per call, 1 to 10,000 connections, most ÷ least",
                        spread(results, Way.SPRINGLINE),
                        1.5,
                        " ×"));
        return aims;
    }

    private static void cpu(
            List<Aim> aims, Results results, Way way, Way other, double single, double many) {
        for (int depth : List.of(1, 16)) {
            double ratio =
                    results.ratio(
                            CallBench.CALLS, way.title, other.title, "64x" + depth + " CPU µs");
            String what = "CPU per call 64×%d, %s ÷ %s".formatted(depth, way.title, other.title);
            aims.add(new Aim(what, ratio, depth == 1 ? single : many, " ×"));
        }
    }

    private static void connections(List<Aim> aims, Results results) {
        String springline = Way.SPRINGLINE.title;
        aims.add(
                new Aim(
                        "connect, CPU ÷ Quarkus MCP 1.7.2",
                        results.ratio(
                                ConnectionBench.CONNECT, springline, Way.QUARKUS_1.title, "CPU µs"),
                        1,
                        " ×"));
        double connect = results.median(ConnectionBench.CONNECT, springline, "p50 µs") / 1e3;
        aims.add(new Aim("connect, p50, 16 at once", connect, 10, " ms"));
        aims.add(
                new Aim(
                        "live heap of an idle connection, at 10,000",
                        results.median(
                                ConnectionBench.IDLE, springline, 10_000 + ConnectionBench.HEAP),
                        6,
                        " KB"));
        aims.add(
                new Aim(
                        "20,000 idle connections, 512 MB heap, CPU of the heartbeat",
                        results.median(ConnectionBench.HEARTBEAT, springline, "CPU % of a core"),
                        5,
                        " %"));
    }

    private static void http(List<Aim> aims, Results results) {
        for (HttpWay way : List.of(HttpWay.SPRINGLINE, HttpWay.SPRINGLINE_MODERN)) {
            for (HttpWay other : HttpWay.values()) {
                if (other.server != Server.SPRINGLINE && other.dialect == way.dialect) {
                    double ratio =
                            results.ratio(HttpBench.CALLS, way.title, other.title, HttpBench.CPU);
                    String what = "CPU per call by HTTP, %s ÷ %s".formatted(way.title, other.title);
                    aims.add(new Aim(what, ratio, 1, " ×"));
                }
            }
        }
        aims.add(
                new Aim(
                        "live heap of an idle event stream with its session",
                        results.median(HttpBench.IDLE, HttpWay.SPRINGLINE.title, HttpBench.HEAP),
                        20,
                        " KB"));
    }

    private static Aim start(Results results, String row, double seconds) {
        double median = results.median(StartBench.START, row, "s to ready");
        return new Aim("start to ready, " + row, median, seconds, " s");
    }

    private static double spread(Results results, Way way) {
        var costs =
                CallBench.SCALES.stream()
                        .mapToDouble(scale ->
                                results.median(CallBench.SCALING, way.title, scale + " CPU µs"))
                        .toArray();
        double most = Double.NaN;
        double least = Double.NaN;
        for (double cost : costs) {
            most = Double.isNaN(most) ? cost : Math.max(most, cost);
            least = Double.isNaN(least) ? cost : Math.min(least, cost);
        }
        return most / least;
    }
}
