package io.springline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownKeysTest {

    record Bound(
            int maxSize,
            List<String> names,
            Map<String, String> inputs,
            Map<String, Entry> entries,
            List<Entry> list,
            Switch oneMember,
            FromText text) {}

    record Entry(String someMember, List<String> args) {}

    record Switch(boolean enabled) {}

    record FromText(String value) {
        static FromText valueOf(String text) {
            return new FromText(text);
        }
    }

    private final KnownKeys keys = new KnownKeys();

    KnownKeysTest() {
        keys.add("springline.a", Bound.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    springline.a.max-size                       | true
                    springline.a.maxSize                        | true
                    springline.a.max_size                       | true
                    springline.a.names                          | true
                    springline.a.names[0]                       | true
                    springline.a.inputs.any.thing               | true
                    springline.a.entries.x.some-member          | true
                    springline.a.entries[x.y].someMember        | true
                    springline.a.entries.x.args[1]              | true
                    springline.a.list[0].some-member            | true
                    springline.a.one-member.enabled             | true
                    springline.a.text                           | true
                    springline.a                                | false
                    springline.a.max                            | false
                    springline.b.max-size                       | false
                    springline.a.max-size.more                  | false
                    springline.a.entries.x.other                | false
                    springline.a.one-member                     | false
                    springline.a.text.value                     | false
                    """)
    void knowsWhatTheRecordsHave(String name, boolean known) {
        assertThat(keys.contains(name)).isEqualTo(known);
    }

    @ParameterizedTest
    @CsvSource({
        "SPRINGLINE_A_MAXSIZE, true",
        "SPRINGLINE_A_MAX_SIZE, true",
        "SPRINGLINE_A_ENTRIES_X_SOMEMEMBER, true",
        "SPRINGLINE_A_NAMES_0, true",
        "SPRINGLINE_A_LIST_0_SOMEMEMBER, true",
        "SPRINGLINE_A_LIST_0_ARGS_1, true",
        "SPRINGLINE_A_INPUTS_ANY_THING, true",
        "SPRINGLINE_A_LIST_0_SOMEMEMBR, false",
        "SPRINGLINE_A_ENTRIES_X_OTHER, false",
        "SPRINGLINE_A_MAXSIZ, false",
        "SPRINGLINE_HOME, false"
    })
    void knowsTheNamesOfEnvironmentVariables(String name, boolean known) {
        assertThat(keys.containsVariable(name)).isEqualTo(known);
    }

    @ParameterizedTest
    @CsvSource({
        "springline.a.maxsiz, springline.a.max-size",
        "springline.a.entries.x.some-membr, springline.a.entries.x.some-member",
        "springline.aa.one-member.enabled, springline.a.one-member.enabled",
        "springline.a.list[0].sme-member, springline.a.list[0].some-member",
        "springline.a.entries[x.y].sme-member, springline.a.entries[x.y].some-member",
        "springline.a.list.0.sme-member, springline.a.list[0].some-member",
        "SPRINGLINE.A.MAXSIZ, springline.a.max-size"
    })
    void namesTheNearest(String name, String nearest) {
        assertThat(keys.nearest(name)).isEqualTo(nearest);
    }

    @ParameterizedTest
    @CsvSource({
        "springline.a, true",
        "spring-line.a, true",
        "SPRINGLINE.A, true",
        "springline[0], true",
        "springline_a_b, true",
        "sprinline.a, true",
        "springlines.a, true",
        "spring.a, false",
        "springdoc.a, false",
        "server.a, false"
    })
    void knowsWhatIsMeantForThisService(String name, boolean ours) {
        assertThat(KnownKeys.isOfGroup(name)).isEqualTo(ours);
    }
}
