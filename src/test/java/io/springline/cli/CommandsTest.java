package io.springline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said before there is a server. */
class CommandsTest {

    @ParameterizedTest(name = "{1}: {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    not valid JSON (line 1, column | call ws://127.0.0.1:1/mcp echo {message:
                    duplicate key (line 1,      | call ws://127.0.0.1:1/mcp echo {"a":1,"a":2}
                    must be a JSON object       | call ws://127.0.0.1:1/mcp echo [1]
                    Missing required parameter | call ws://127.0.0.1:1/mcp
                    must begin with ws          | list http://127.0.0.1/mcp
                    NO_SUCH is not set         | ping ws://127.0.0.1:1/mcp --token-env NO_SUCH
                    cannot be read             | ping ws://127.0.0.1:1/mcp --token-file /no/such/file
                    --cacert cannot be read    | ping wss://127.0.0.1:1/mcp --cacert /no/such/file
                    has no certificate         | ping wss://127.0.0.1:1/mcp --cacert /dev/null
                    Unknown option             | ping ws://127.0.0.1:1/mcp --token tok-ada-4711
                    Unknown option             | attach http://127.0.0.1/mcp --binary -- cat
                    Unknown option             | attach http://127.0.0.1/mcp --compress -- cat
                    mutually exclusive         | ping x --token-env A --token-file B
                    Missing required parameter: 'URL' | bridge
                    must begin with ws          | bridge http://127.0.0.1/mcp
                    NO_SUCH is not set         | bridge ws://127.0.0.1/mcp --token-env NO_SUCH
                    'lst'                      | lst ws://127.0.0.1:1/mcp
                    'lst'                      | help lst
                    Unknown option: '-x'       | -x
                    Unknown option: '-name'    | attach ws://127.0.0.1:1/mcp prog -name foo
                    Unknown option: '-verbose' | ping ws://127.0.0.1:1/mcp -verbose
                    --timeout is given twice   | call ws://127.0.0.1:1/mcp echo --timeout 5 --timeout 60
                    --token-env is given twice | ping ws://127.0.0.1:1/mcp --token-env A --token-env B
                    --json takes no value      | list ws://127.0.0.1:1/mcp --json=true
                    The URL is not valid       | call ws://127.0.0.1:1/a{b echo -
                    too many: 'more'           | ping ws://127.0.0.1:1/mcp more
                    --timeout needs a value: SECONDS | call ws://127.0.0.1:1/mcp echo --timeout
                    at least 1, not '0'        | call ws://127.0.0.1:1/mcp echo --timeout 0
                    at least 1, not 'x'        | call ws://127.0.0.1:1/mcp echo --timeout x
                    templates, not 'toolz'     | list ws://127.0.0.1:1/mcp toolz
                    The URL is not valid       | ping ws://127.0.0.1:1/a{b
                    exactly one of COMMAND     | attach ws://127.0.0.1:1/mcp
                    exactly one of COMMAND     | attach ws://127.0.0.1:1/mcp --url http://a/b -- cat
                    --url: Illegal character   | attach ws://127.0.0.1:1/mcp --url http://a/{
                    Unknown option: '--token'  | ping ws://127.0.0.1:1/mcp --token=tok-ada-4711
                    """)
    void wrongUsageIsExplained(String said, String words) {
        Ended ended = Ended.here(words.split(" "));
        assertThat(ended.err())
                .contains(said)
                .doesNotContain("Source", "Exception", "tok-ada-4711");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void keepsTheNumbersOfArguments() {
        String arguments =
                """
                {"a":12345678901234567890.123,"b":2.50,"c":0.1000000000000000055,"d":98765432109876543210}\
                """;
        assertThat(CallCommand.tree(arguments)).hasToString(arguments);
    }

    @Test
    void versionIsACommandAndStartsNoService() {
        assertThat(Commands.isCommand("--version")).isTrue();
        assertThat(Ended.here("--version").out()).matches("(?s)springline \\d+\\.\\d+\\..*");
        assertThat(Ended.here("ping", "--version").exitCode()).isZero();
    }

    @Test
    void helpIsThereForAll() {
        assertThat(Ended.here("help").out()).contains("call", "list", "ping", "bridge");
        assertThat(Ended.here("--help").out())
                .contains("call", "list", "ping", "bridge", "help ")
                .isEqualTo(Ended.here("help", "--help").out());
        assertThat(Ended.here("call", "--help").out())
                .contains("URL TOOL [JSON]", "Exit codes: 0 done", "--timeout SECONDS   time")
                .isEqualTo(Ended.here("help", "call").out())
                .doesNotContain(" \n");
        assertThat(Ended.here("attach", "-h").out()).contains("[COMMAND...]");
    }

    @Test
    void passesTheWordsBehindTwoDashesOn() {
        Ended ended =
                Ended.here(
                        "attach", "ws://127.0.0.1:1/attach", "--name", "a", "--", "/no/such", "-h");
        assertThat(ended.err()).contains("'/no/such' cannot be started");
        assertThat(ended.exitCode()).isEqualTo(3);
    }
}
