package io.springline.bench;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;

/** Plots as SVG: lines over a scale, or bars. */
final class Plot {

    private static final int WIDTH = 860;
    private static final int HEIGHT = 420;
    private static final int LEFT = 80;
    private static final int RIGHT = 270;
    private static final int TOP = 50;
    private static final int BOTTOM = 60;
    private static final String[] COLOURS = {
        "#7f7f7f", "#2ca02c", "#ff7f0e", "#d62728", "#9467bd", "#1f77b4", "#17becf"
    };

    /** One line, or with one y for each group, one set of bars. */
    record Series(String title, double[] ys) {}

    private final StringBuilder svg = new StringBuilder();
    private final double top;

    private Plot(String title, List<Series> series) {
        top = series.stream().flatMapToDouble(each -> finite(each.ys)).max().orElse(1) * 1.05;
        svg.append(
                """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" \
                font-family="sans-serif" font-size="13">
                <rect width="100%%" height="100%%" fill="white"/>
                """
                        .formatted(WIDTH, HEIGHT));
        text(LEFT, 26, "start", title, "font-size=\"17\" font-weight=\"bold\"");
        for (int i = 0; i < series.size(); i++) {
            int y = TOP + 14 + 22 * i;
            rectangle(WIDTH - RIGHT + 20, y - 11, 14, 14, colour(i));
            text(WIDTH - RIGHT + 40, y, "start", series.get(i).title, "");
        }
    }

    /**
     * Lines through the same places on the x axis, which are as far apart as they are many; the y
     * axis is logarithmic.
     */
    static String lines(
            String title, String xTitle, String yTitle, List<String> xs, List<Series> series) {
        var plot = new Plot(title, series);
        double low =
                series.stream()
                        .flatMapToDouble(each -> finite(each.ys))
                        .filter(y -> y > 0)
                        .min()
                        .orElse(0.1);
        double from = Math.floor(Math.log10(low));
        double to = Math.max(from + 1, Math.ceil(Math.log10(plot.top)));
        DoubleUnaryOperator y = value -> bottom() - (Math.log10(value) - from) / (to - from) * h();
        for (int power = (int) from; power <= to; power++) {
            plot.grid(y.applyAsDouble(Math.pow(10, power)), label(Math.pow(10, power)));
        }
        double step = w() / Math.max(1, xs.size() - 1);
        for (int i = 0; i < xs.size(); i++) {
            plot.text(LEFT + i * step, bottom() + 20, "middle", xs.get(i), "");
        }
        for (int s = 0; s < series.size(); s++) {
            var points = new StringBuilder();
            double[] ys = series.get(s).ys;
            for (int i = 0; i < ys.length; i++) {
                if (ys[i] > 0) {
                    points.append(round(LEFT + i * step))
                            .append(',')
                            .append(round(y.applyAsDouble(ys[i])))
                            .append(' ');
                    plot.circle(LEFT + i * step, y.applyAsDouble(ys[i]), colour(s));
                }
            }
            plot.svg.append(
                    "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n"
                            .formatted(points.toString().strip(), colour(s)));
        }
        return plot.end(xTitle, yTitle);
    }

    /** Bars side by side in groups, with their values above them. */
    static String bars(String title, String yTitle, List<String> groups, List<Series> series) {
        var plot = new Plot(title, series);
        double unit = Math.pow(10, Math.floor(Math.log10(plot.top)));
        double step = plot.top / unit > 5 ? unit : unit / 2;
        for (double value = 0; value <= plot.top; value += step) {
            plot.grid(bottom() - value / plot.top * h(), label(value));
        }
        double group = w() / groups.size();
        double bar = group * 0.86 / series.size();
        for (int g = 0; g < groups.size(); g++) {
            plot.text(LEFT + (g + 0.5) * group, bottom() + 20, "middle", groups.get(g), "");
            for (int s = 0; s < series.size(); s++) {
                double value = series.get(s).ys[g];
                if (value >= 0) {
                    double height = value / plot.top * h();
                    double x = LEFT + g * group + group * 0.07 + s * bar;
                    plot.rectangle(x, bottom() - height, bar * 0.9, height, colour(s));
                    String above = String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
                    plot.text(
                            x + bar * 0.45,
                            bottom() - height - 4,
                            "middle",
                            above,
                            "font-size=\"11\"");
                }
            }
        }
        return plot.end("", yTitle);
    }

    private String end(String xTitle, String yTitle) {
        text(LEFT + w() / 2, HEIGHT - 12, "middle", xTitle, "");
        text(
                0,
                0,
                "middle",
                yTitle,
                "transform=\"translate(20 %d) rotate(-90)\"".formatted(TOP + (int) h() / 2));
        return svg.append("</svg>\n").toString();
    }

    private void grid(double y, String label) {
        svg.append(
                "<line x1=\"%d\" x2=\"%d\" y1=\"%s\" y2=\"%s\" stroke=\"#ddd\"/>\n"
                        .formatted(LEFT, WIDTH - RIGHT, round(y), round(y)));
        text(LEFT - 8, y + 4, "end", label, "");
    }

    private void text(double x, double y, String anchor, String text, String more) {
        svg.append(
                "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" %s>%s</text>\n"
                        .formatted(round(x), round(y), anchor, more, text));
    }

    private void rectangle(double x, double y, double width, double height, String colour) {
        svg.append(
                "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"%s\"/>\n"
                        .formatted(round(x), round(y), round(width), round(height), colour));
    }

    private void circle(double x, double y, String colour) {
        svg.append(
                "<circle cx=\"%s\" cy=\"%s\" r=\"3\" fill=\"%s\"/>\n"
                        .formatted(round(x), round(y), colour));
    }

    private static double w() {
        return WIDTH - LEFT - RIGHT;
    }

    private static double h() {
        return HEIGHT - TOP - BOTTOM;
    }

    private static double bottom() {
        return HEIGHT - BOTTOM;
    }

    private static String colour(int series) {
        return COLOURS[series % COLOURS.length];
    }

    private static String label(double value) {
        return String.format(Locale.ROOT, value == Math.rint(value) ? "%,.0f" : "%.1f", value);
    }

    private static String round(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static DoubleStream finite(double[] values) {
        return DoubleStream.of(values).filter(Double::isFinite);
    }
}
