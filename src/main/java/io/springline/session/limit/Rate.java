package io.springline.session.limit;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A rate limit: N permits per second, with a burst of 2 N.
 *
 * @param perSecond N, at least 1
 */
public record Rate(int perSecond) {

    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})/s");

    public Rate {
        if (perSecond < 1) {
            throw new IllegalArgumentException("a rate is at least 1/s, not " + perSecond);
        }
    }

    /**
     * Returns the rate that {@code N/s} describes. Spring calls this method to convert
     * configuration values.
     */
    public static Rate valueOf(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException("'%s' is not a rate such as 1000/s".formatted(text));
        }
        return new Rate(Integer.parseInt(form.group(1)));
    }

    @Override
    public String toString() {
        return perSecond + "/s";
    }
}
