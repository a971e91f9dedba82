package io.springline.bench;

import java.nio.file.Files;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * JMH for the codec and the dispatcher, with the bytes that each call allocates: {@code ./mvnw
 * -Pbench verify -Dit.test=MicroBench}, to {@code target/bench/micro.md} and {@code micro.json}.
 *
 * <p>System properties: {@code bench.rounds}, {@code bench.micro} for some of the benchmarks, a
 * regular expression.
 */
class MicroBench {

    @Test
    void measure() throws Exception {
        Files.createDirectories(ServiceBench.OUTPUT);
        var options =
                new OptionsBuilder()
                        .include(
                                System.getProperty(
                                        "bench.micro", "io\\.springline\\.bench\\..*Benchmark"))
                        .mode(Mode.AverageTime)
                        .timeUnit(TimeUnit.MICROSECONDS)
                        .forks(1)
                        .jvmArgs(ServiceBench.JVM.split(" "))
                        .warmupIterations(5)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(ServiceBench.ROUNDS)
                        .measurementTime(TimeValue.seconds(1))
                        .addProfiler(GCProfiler.class)
                        .resultFormat(ResultFormatType.JSON)
                        .result(ServiceBench.OUTPUT.resolve("micro.json").toString())
                        .build();
        String report = report(new Runner(options).run());
        Files.writeString(ServiceBench.OUTPUT.resolve("micro.md"), report);
        System.out.println("\n" + report);
    }

    private static String report(Collection<RunResult> runs) {
        var text = new StringBuilder("| | µs | ± | bytes allocated |\n|---|---:|---:|---:|\n");
        for (RunResult run : runs) {
            Result<?> time = run.getPrimaryResult();
            Result<?> bytes = run.getSecondaryResults().get("gc.alloc.rate.norm");
            String name = run.getParams().getBenchmark();
            text.append(
                    String.format(
                            Locale.ROOT,
                            "| %s | %.2f | %.2f | %.0f |%n",
                            name.substring("io.springline.bench.".length()),
                            time.getScore(),
                            time.getScoreError(),
                            bytes == null ? Double.NaN : bytes.getScore()));
        }
        return text.toString();
    }
}
