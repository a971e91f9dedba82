package io.springline.session;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * So many a second, with bursts of twice that.
 *
 * @param perSecond at least 1
 */
public record Rate(int perSecond) {

    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})/s");

    public Rate {
        if (perSecond < 1) {
            throw new IllegalArgumentException("a rate is at least 1/s, not " + perSecond);
        }
    }

    /** Reads {@code N/s}; found by Spring's conversion of configuration values. */
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
