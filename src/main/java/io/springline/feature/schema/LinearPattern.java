package io.springline.feature.schema;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.regex.RegularExpression;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * A regular expression of a JSON Schema, matched by RE2/J. The time is proportional to the length
 * of the text, for any expression.
 *
 * <p>Accepts ECMAScript syntax, except look-around, back-references, and expressions that would be
 * too large for RE2.
 *
 * @see <a href="https://github.com/google/re2/wiki/Syntax">RE2 syntax</a>
 */
final class LinearPattern implements RegularExpression {

    /**
     * Largest expression: the number of characters and classes, where repeated ones count as often
     * as they are repeated.
     */
    static final int MAX_SIZE = 10_000;

    /** Deepest nesting of groups. */
    static final int MAX_DEPTH = 200;

    /**
     * Most steps per match. A text longer than this number divided by the program size does not
     * match.
     */
    static final long MAX_STEPS = 200_000_000;

    private static final String PASSED_ON = "dDwWsSbBtnrfv0aAzx";

    private static final Map<String, String> PROPERTIES =
            Map.of(
                    "Letter", "L",
                    "Lowercase_Letter", "Ll",
                    "Uppercase_Letter", "Lu",
                    "Number", "N",
                    "Decimal_Number", "Nd",
                    "digit", "Nd",
                    "Punctuation", "P",
                    "Symbol", "S",
                    "Separator", "Z",
                    "Mark", "M");

    private final Pattern pattern;

    /**
     * @throws IllegalArgumentException with the reason, if the expression is not supported
     */
    LinearPattern(String regex) {
        try {
            pattern = Pattern.compile(new Translation(regex).re2());
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "'%s' cannot be matched in linear time: %s"
                            .formatted(Params.shown(regex), e.getDescription()),
                    e);
        }
    }

    @Override
    public boolean matches(String text) {
        return text.length() <= MAX_STEPS / pattern.programSize() && pattern.matcher(text).find();
    }

    /** Translates ECMAScript syntax to RE2 syntax, and measures the size of the result. */
    private static final class Translation {

        private final String regex;
        private final StringBuilder re2 = new StringBuilder();
        private final Deque<Long> outer = new ArrayDeque<>();
        private int at;
        private long size;
        private long last;

        Translation(String regex) {
            this.regex = regex;
        }

        String re2() {
            while (at < regex.length()) {
                char c = regex.charAt(at);
                switch (c) {
                    case '\\' -> escape();
                    case '[' -> characterClass();
                    case '(' -> open();
                    case ')' -> close();
                    case '{' -> repetition();
                    default -> copy(1);
                }
                if (c != '(' && c != ')' && c != '{') {
                    unit(1);
                }
            }
            return re2.toString();
        }

        private void unit(long weight) {
            size += weight;
            last = weight;
            if (size > MAX_SIZE) {
                throw unsupported("it is larger than %d characters".formatted(MAX_SIZE));
            }
        }

        private void open() {
            if (outer.size() == MAX_DEPTH) {
                throw unsupported("groups are nested more than %d deep".formatted(MAX_DEPTH));
            }
            outer.push(size);
            size = 0;
            copy(1);
        }

        private void close() {
            long group = size + 1;
            size = outer.isEmpty() ? 0 : outer.pop();
            unit(group);
            copy(1);
        }

        private void repetition() {
            int end = regex.indexOf('}', at);
            String counts = end < 0 ? "" : regex.substring(at + 1, end);
            if (!isCounts(counts)) {
                re2.append('\\');
                copy(1);
                unit(1);
                return;
            }
            int comma = counts.indexOf(',');
            String most =
                    comma < 0 || comma == counts.length() - 1
                            ? counts
                            : counts.substring(comma + 1);
            long times = Math.max(1, Long.parseLong(most.replace(",", "")));
            copy(counts.length() + 2);
            size -= last;
            unit(last * times);
        }

        /** Returns true for {@code n}, {@code n,} and {@code n,m} that fit into a long. */
        private static boolean isCounts(String text) {
            int comma = text.indexOf(',');
            String least = comma < 0 ? text : text.substring(0, comma);
            String most = comma < 0 ? "" : text.substring(comma + 1);
            return !least.isEmpty()
                    && text.length() < 20
                    && (least + most).chars().allMatch(c -> c >= '0' && c <= '9');
        }

        private void characterClass() {
            if (regex.startsWith("[]", at)) {
                re2.append("[^\\x00-\\x{10FFFF}]");
                at += 2;
            } else if (regex.startsWith("[^]", at)) {
                re2.append("(?s:.)");
                at += 3;
            } else {
                copy(regex.startsWith("[^", at) ? 2 : 1);
                while (at < regex.length() && regex.charAt(at) != ']') {
                    switch (regex.charAt(at)) {
                        case '\\' -> escape();
                        case '[' -> {
                            re2.append('\\'); // RE2 would read a POSIX class
                            copy(1);
                        }
                        default -> copy(1);
                    }
                }
                if (at < regex.length()) {
                    copy(1);
                }
            }
        }

        private void escape() {
            if (at + 1 == regex.length()) {
                throw unsupported("it ends with a backslash");
            }
            char c = regex.charAt(at + 1);
            if (c == 'u') {
                unicodeEscape();
            } else if (c == 'c' && at + 2 < regex.length()) {
                re2.append("\\x{%x}".formatted(regex.charAt(at + 2) & 31));
                at += 3;
            } else if (c == 'p' || c == 'P') {
                property();
            } else if (regex.startsWith("x{", at + 1)) {
                copy(Math.max(2, regex.indexOf('}', at) + 1 - at));
            } else if (c >= 128) {
                at++;
                copy(1);
            } else if (PASSED_ON.indexOf(c) >= 0 || !Character.isLetterOrDigit(c)) {
                copy(2);
            } else {
                throw unsupported(
                        c >= '1' && c <= '9' || c == 'k'
                                ? "back-references are not supported"
                                : "\\%c is not supported".formatted(c));
            }
        }

        /** Translates {@code \\uXXXX}, a surrogate pair of them, or {@code \\u{X}}. */
        private void unicodeEscape() {
            if (regex.startsWith("{", at + 2)) {
                re2.append("\\x");
                at += 2;
                copy(Math.max(1, regex.indexOf('}', at) + 1 - at));
                return;
            }
            int unit = hex(at);
            at += 6;
            if (Character.isHighSurrogate((char) unit) && regex.startsWith("\\u", at)) {
                int low = hex(at);
                if (Character.isLowSurrogate((char) low)) {
                    unit = Character.toCodePoint((char) unit, (char) low);
                    at += 6;
                }
            }
            re2.append("\\x{%x}".formatted(unit));
        }

        private int hex(int start) {
            String digits = regex.substring(start + 2, Math.min(start + 6, regex.length()));
            if (digits.length() < 4 || !digits.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
                throw unsupported("\\u needs four hexadecimal digits");
            }
            return Integer.parseInt(digits, 16);
        }

        /** Translates {@code \p{L}}, {@code \p{Letter}} or {@code \p{Script=Greek}}. */
        private void property() {
            int end = regex.startsWith("{", at + 2) ? regex.indexOf('}', at) : -1;
            if (end < 0) {
                throw unsupported("\\p needs a name in braces");
            }
            String name = regex.substring(at + 3, end);
            String value = name.substring(name.indexOf('=') + 1);
            re2.append(regex, at, at + 3).append(PROPERTIES.getOrDefault(value, value)).append('}');
            at = end + 1;
        }

        private void copy(int length) {
            int end = Math.min(regex.length(), at + length);
            re2.append(regex, at, end);
            at = end;
        }

        private IllegalArgumentException unsupported(String reason) {
            return new IllegalArgumentException(
                    "'%s' cannot be matched in linear time: %s"
                            .formatted(Params.shown(regex), reason));
        }
    }
}
