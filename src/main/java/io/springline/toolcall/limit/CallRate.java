package io.springline.toolcall.limit;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of calls per period. As many calls may come at once; then each call is earned again in
 * its part of the period.
 *
 * @param count at least 1
 */
public record CallRate(int count, Duration period) {

    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})/(s|min|h|d)");

    /**
     * Returns the rate that {@code N/s}, {@code N/min}, {@code N/h} or {@code N/d} describes.
     * Spring calls this method to convert configuration values.
     */
    public static CallRate valueOf(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "'%s' is not a rate such as 10/s, 600/min, 1000/h or 5000/d".formatted(text));
        }
        Duration period =
                switch (form.group(2)) {
                    case "s" -> Duration.ofSeconds(1);
                    case "min" -> Duration.ofMinutes(1);
                    case "h" -> Duration.ofHours(1);
                    default -> Duration.ofDays(1);
                };
        return new CallRate(Integer.parseInt(form.group(1)), period);
    }
}
