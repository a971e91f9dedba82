package io.springline.relay.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.relay.call.TaskHandles.Content;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskHandlesTest {

    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final String OLD = "an old secret of at least 32 characters";
    private static final String NEW = "a new secret of at least 32 characters";
    private static final Content TASK = new Content("docs", "render", "up-1 ümlaut");
    private static final long HOUR = Duration.ofHours(1).toMillis();

    private final TaskHandles handles = at(NOW, OLD);

    private static TaskHandles at(Instant now, String... secrets) {
        return new TaskHandles(List.of(secrets), Clock.fixed(now, ZoneOffset.UTC));
    }

    private static String seal(TaskHandles handles, @Nullable Long ttlMillis) {
        return Objects.requireNonNull(handles.seal("ada", "", TASK, ttlMillis));
    }

    @Test
    void findsTheTaskOnEachNodeWithTheKey() {
        String handle = seal(handles, HOUR);

        assertThat(handle).startsWith("t1.").matches("[A-Za-z0-9._-]{20,511}");
        assertThat(at(NOW, OLD).open("ada", "", handle)).isEqualTo(TASK);
        assertThat(seal(handles, HOUR)).isNotEqualTo(handle);
    }

    @Test
    void opensHandlesOfAnOlderKeyWhileItIsListed() {
        String handle = seal(handles, HOUR);

        assertThat(at(NOW, NEW, OLD).open("ada", "", handle)).isEqualTo(TASK);
        assertThat(at(NOW, NEW).open("ada", "", handle)).isNull();
        String newer = seal(at(NOW, NEW, OLD), HOUR);
        assertThat(at(NOW, NEW).open("ada", "", newer)).isEqualTo(TASK);
        assertThat(handles.open("ada", "", newer)).isNull();
    }

    @Test
    void belongsToOnePrincipalAtOneEndpoint() {
        String handle = seal(handles, HOUR);

        assertThat(handles.open("bob", "", handle)).isNull();
        assertThat(handles.open("ada", "docs", handle)).isNull();
        assertThat(handles.open("", "ada", handle)).isNull();
        String elsewhere = Objects.requireNonNull(handles.seal("ab", "x", TASK, HOUR));
        assertThat(handles.open("b", "xa", elsewhere)).isNull();
    }

    @Test
    void expiresAfterTheTask() {
        String handle = seal(handles, HOUR);
        assertThat(at(NOW.plus(Duration.ofMinutes(119)), OLD).open("ada", "", handle))
                .isEqualTo(TASK);
        assertThat(at(NOW.plus(Duration.ofMinutes(121)), OLD).open("ada", "", handle)).isNull();

        for (String endless : List.of(seal(handles, null), seal(handles, Long.MAX_VALUE))) {
            assertThat(at(NOW.plus(Duration.ofDays(30)), OLD).open("ada", "", endless))
                    .isEqualTo(TASK);
            assertThat(at(NOW.plus(Duration.ofDays(31)), OLD).open("ada", "", endless)).isNull();
        }
        assertThat(handles.open("ada", "", seal(handles, -HOUR))).isEqualTo(TASK);
    }

    @Test
    void refusesEveryHandleOfWhichOneCharacterDiffers() {
        String handle = seal(handles, HOUR);
        for (int i = 0; i < handle.length(); i++) {
            for (char other : "AZ_=.\u00e9".toCharArray()) {
                if (handle.charAt(i) != other) {
                    String forged = handle.substring(0, i) + other + handle.substring(i + 1);
                    assertThat(handles.open("ada", "", forged)).as(forged).isNull();
                }
            }
            assertThat(handles.open("ada", "", handle.substring(0, i))).isNull();
        }
        assertThat(handles.open("ada", "", handle + "A")).isNull();
        assertThat(handles.open("ada", "", handle + "=")).isNull();
    }

    /** The last character of Base64 has bits without a meaning: only one form of them is valid. */
    @Test
    void hasOneFormOnly() {
        for (int length = 1; length < 4; length++) {
            String handle =
                    Objects.requireNonNull(
                            handles.seal(
                                    "ada",
                                    "",
                                    new Content("docs", "render", "x".repeat(length)),
                                    HOUR));
            for (char last = 'A'; last <= 'z'; last++) {
                String other = handle.substring(0, handle.length() - 1) + last;
                if (!other.equals(handle)) {
                    assertThat(handles.open("ada", "", other)).as(other).isNull();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "t1.", "t1.AAAA", "tk_0123456789012345678901", "T1.abc", "t2.abc"})
    void ignoresOtherIds(String id) {
        assertThat(handles.open("ada", "", id)).isNull();
        assertThat(handles.open("ada", "", "t1." + "A".repeat(100_000))).isNull();
    }

    @Test
    void makesNoHandleWithoutAKeyOrIfItWouldBeTooLong() {
        assertThat(at(NOW).seal("ada", "", TASK, HOUR)).isNull();
        assertThat(handles.seal("ada", "", new Content("docs", "render", "x".repeat(320)), HOUR))
                .isNotNull();
        assertThat(handles.seal("ada", "", new Content("docs", "render", "x".repeat(330)), HOUR))
                .isNull();
        assertThat(handles.seal("ada", "", new Content("docs", "render", "x".repeat(70_000)), HOUR))
                .isNull();
    }
}
