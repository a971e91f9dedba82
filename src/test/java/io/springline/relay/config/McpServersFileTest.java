package io.springline.relay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

import io.springline.config.EndpointNames;
import io.springline.config.InvalidConfigurationException;
import io.springline.relay.config.RelayProperties.Transport;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Other hosts' files, as the documentation of each says that they are to be read. */
class McpServersFileTest {

    private static final Map<String, String> VARIABLES =
            Map.of("TOKEN", "s3cret", "EMPTY", "", "BRACES", "a${TOKEN}b", "BLANK", "two words");

    @TempDir Path folder;

    private McpServersFile.Contents read(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return read(file);
    }

    private static McpServersFile.Contents read(Path file) {
        return new McpServersFile(file, VARIABLES::get, Map.of("given", "in-put")::get)
                .read(Set.of("taken"));
    }

    private RelayProperties.Upstream one(String entry) throws IOException {
        var contents = read("mcp.json", "{\"mcpServers\":{\"one\":%s}}".formatted(entry));
        assertThat(contents.refused()).isEmpty();
        return contents.upstreams().get("one");
    }

    private String refusal(String entry) throws IOException {
        var contents =
                read(
                        "mcp.json",
                        "{\"mcpServers\":{\"bad\":%s,\"good\":{\"command\":\"c\"}}}"
                                .formatted(entry));
        assertThat(contents.upstreams()).as("the others").containsOnlyKeys("good");
        assertThat(contents.refused()).extracting(RefusedUpstream::name).containsExactly("bad");
        return contents.refused().getFirst().reason();
    }

    /**
     * "type: http", "${VAR} expands to the value of the environment variable VAR", "${VAR:-default}
     * expands to VAR if set, otherwise uses default", in command, args, env, url and headers.
     */
    @Test
    void readsClaudeCodesFile() throws IOException {
        var upstreams =
                read(
                                ".mcp.json",
                                """
                                {"mcpServers":{
                                  "files":{"type":"stdio","command":"${RUNNER:-npx}","args":["-y","${TOKEN}","${NO:-}x"],
                                           "env":{"KEY":"${TOKEN}","OTHER":"${NO:-a b}","LEFT":"${EMPTY:-c}"}},
                                  "web":{"type":"http","url":"${BASE:-https://example.com}/mcp",
                                         "headers":{"Authorization":"Bearer ${TOKEN}"}},
                                  "old":{"type":"sse","url":"https://example.com/sse"}}}
                                """)
                        .upstreams();
        var files = upstreams.get("files");
        assertThat(files.transport()).isEqualTo(Transport.STDIO);
        assertThat(files.command()).isEqualTo("npx");
        assertThat(files.args()).containsExactly("-y", "s3cret", "x");
        assertThat(files.env())
                .containsExactly(entry("KEY", "s3cret"), entry("OTHER", "a b"), entry("LEFT", ""));
        var web = upstreams.get("web");
        assertThat(web.url()).isEqualTo(URI.create("https://example.com/mcp"));
        assertThat(web.headers()).containsExactly(entry("Authorization", "Bearer s3cret"));
        assertThat(upstreams.get("old").transport()).isEqualTo(Transport.SSE);
        assertThat(upstreams.toString()).doesNotContain("s3cret");
    }

    /**
     * "servers": an object; "inputs": ${input:id} is asked for once, with "default"; envFile: "path
     * to an environment file to load more variables"; predefined variables; "first tries the HTTP
     * Stream transport and falls back to SSE". The file is JSON with comments.
     */
    @Test
    void readsVsCodesFile() throws IOException {
        Files.writeString(
                folder.resolve(".env"),
                """
                # of the project
                export FROM_FILE="quoted # value"
                KEY='from file'
                PLAIN=a=b # comment
                """);
        var contents =
                read(
                        ".vscode/mcp.json",
                        """
                        {
                          // comments and trailing commas
                          "inputs": [
                            {"type":"promptString","id":"given","description":"d","password":true},
                            {"type":"promptString","id":"usual","description":"d","default":"preset"},
                          ],
                          "servers": {
                            "local": {"type":"stdio","command":"${workspaceFolder}/bin/x","args":["${userHome}","${pathSeparator}"],
                                      "env":{"KEY":"${input:given}","B":"${input:usual}","E":"${env:TOKEN}"},
                                      "envFile":"${workspaceFolder}/.env", /* */ "cwd":"${workspaceFolder}"},
                            "web": {"type":"http","url":"https://example.com/mcp","headers":{"X":"${input:given}"}},
                            "asks": {"command":"x","env":{"A":"${input:unknown}"}},
                          },
                        }
                        """);
        var local = contents.upstreams().get("local");
        assertThat(local.command()).isEqualTo(folder + "/bin/x");
        assertThat(local.args()).containsExactly(System.getProperty("user.home"), "/");
        assertThat(local.cwd()).isEqualTo(folder);
        assertThat(local.env())
                .containsOnly(
                        entry("FROM_FILE", "quoted # value"),
                        entry("PLAIN", "a=b"),
                        entry("KEY", "in-put"),
                        entry("B", "preset"),
                        entry("E", "s3cret"));
        assertThat(contents.upstreams().get("web").transport()).isEqualTo(Transport.AUTO);
        assertThat(contents.refused())
                .singleElement()
                .satisfies(asks -> {
                    assertThat(asks.name()).isEqualTo("asks");
                    assertThat(asks.reason())
                            .contains("mcp.json", "servers.asks", "env.A", "${input:unknown}")
                            .contains("springline.relay.inputs.unknown");
                });
    }

    /** Its settings.json: "mcp": {"servers": …}, or a key with a dot. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"editor.tabSize\":2,\"mcp\":{\"inputs\":[],\"servers\":{\"a\":{\"command\":\"c\"}}}}",
                "{\"mcp.servers\":{\"a\":{\"command\":\"c\"}}}",
                "{\"context_servers\":{\"a\":{\"command\":\"c\"}}}",
                "{\"mcpServers\":[{\"name\":\"a\",\"command\":\"c\"}]}",
                "{\"mcp\":{\"a\":{\"type\":\"local\",\"command\":[\"c\"]}}}",
                "{\"a\":{\"command\":\"c\"}}",
            })
    void findsTheServersWhereHostsPutThem(String json) throws IOException {
        assertThat(read("settings.json", json).upstreams()).containsOnlyKeys("a");
    }

    /** As a certificate bundle in Base64, or a file whose last quotation mark is missing. */
    @ParameterizedTest
    @CsvSource({"'\"', true", "'', false"})
    void readsALongValueOfAnEnvFile(String end, boolean closed) throws IOException {
        String value = ("A".repeat(60_000) + "\\n").repeat(20);
        Files.writeString(folder.resolve("long.env"), "KEY=\"" + value + end + "\nLAST=x\n");
        var env = one("{\"command\":\"c\",\"envFile\":\"long.env\"}").env();
        assertThat(env.get("LAST")).isEqualTo("x");
        assertThat(env.get("KEY")).isEqualTo(closed ? value.replace("\\n", "\n") : "\"" + value);
        assertThat(one("{\"command\":\"c\",\"args\":\"%s\"}".formatted("a".repeat(60_000))).args())
                .containsExactly("a".repeat(60_000));
    }

    @Test
    void servesEachServerOfAnArray() throws IOException {
        var contents =
                read(
                        "mcp.json",
                        """
                        {"mcpServers":[{"command":"a"},{"command":"b"},{"name":"x","command":"c"},{"name":"x","command":"d"}]}
                        """);
        assertThat(contents.refused()).isEmpty();
        assertThat(contents.upstreams()).containsOnlyKeys("server", "server-2", "x", "x-2");
        assertThat(contents.upstreams().get("server-2").command()).isEqualTo("b");
    }

    @Test
    void servesNoServerAtAPathThatHasAnotherMeaning() throws IOException {
        var contents =
                read(
                        "mcp.json",
                        """
                        {"mcpServers":{"ticket":{"command":"a"},"Attach":{"command":"b"}}}
                        """);
        assertThat(contents.upstreams()).containsOnlyKeys("ticket-2", "Attach-2");
        assertThat(contents.renamed()).containsEntry("ticket-2", "ticket");
    }

    /** ${env:NAME}, ${userHome}, ${workspaceFolder}, ${workspaceFolderBasename}, ${/}. */
    @Test
    void readsCursorsFile() throws IOException {
        var upstreams =
                read(
                                ".cursor/mcp.json",
                                """
                                {"mcpServers":{
                                  "a":{"command":"${workspaceFolder}${/}x","args":["${workspaceFolderBasename}"],"env":{"K":"${env:TOKEN}"}},
                                  "b":{"url":"https://example.com/mcp","headers":{"Authorization":"Bearer ${env:TOKEN}"}}}}
                                """)
                        .upstreams();
        assertThat(upstreams.get("a").command()).isEqualTo(folder + "/x");
        assertThat(upstreams.get("a").args()).containsExactly(folder.getFileName().toString());
        assertThat(upstreams.get("b").transport()).isEqualTo(Transport.AUTO);
        assertThat(upstreams.get("b").headers()).containsEntry("Authorization", "Bearer s3cret");
    }

    /**
     * httpUrl: Streamable HTTP, before url; env values by $VAR_NAME or ${VAR_NAME}; timeout in
     * milliseconds; mcp.allowed and mcp.excluded.
     */
    @Test
    void readsGeminiClisSettings() throws IOException {
        var upstreams =
                read(
                                ".gemini/settings.json",
                                """
                                {"theme":"x","mcp":{"excluded":["no"]},"mcpServers":{
                                  "a":{"command":"python","args":["$TOKEN"],"cwd":".","env":{"A":"$TOKEN","B":"x $TOKEN","C":"cost: 5$","D":"a$TOKEN","E":"%TOKEN%","F":"$argon2id$v=19","G":"p%C3ABC%24 {{x}} 100%"},
                                       "timeout":15000,"trust":true},
                                  "b":{"httpUrl":"http://localhost:3000/mcp","url":"http://localhost/sse","headers":{"Content-Type":"application/json"}},
                                  "c":{"url":"http://localhost/sse"},
                                  "no":{"command":"x"}}}
                                """)
                        .upstreams();
        assertThat(upstreams).containsOnlyKeys("a", "b", "c");
        var a = upstreams.get("a");
        assertThat(a.env())
                .containsOnly(
                        entry("A", "s3cret"),
                        entry("B", "x s3cret"),
                        entry("C", "cost: 5$"),
                        entry("D", "a$TOKEN"),
                        entry("E", "s3cret"),
                        entry("F", "$argon2id$v=19"),
                        entry("G", "p%C3ABC%24 {{x}} 100%"));
        assertThat(a.args()).containsExactly("$TOKEN");
        assertThat(a.timeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(a.cwd()).isEqualTo(folder);
        assertThat(upstreams.get("b").url()).isEqualTo(URI.create("http://localhost:3000/mcp"));
        assertThat(upstreams.get("b").transport()).isEqualTo(Transport.HTTP);
        assertThat(upstreams.get("c").transport()).isEqualTo(Transport.AUTO);
    }

    /** serverUrl; ${env:NAME} and ${file:path} in command, args, env, serverUrl, url, headers. */
    @Test
    void readsWindsurfsFile() throws IOException {
        Files.writeString(folder.resolve("token"), "fr0m-file\n");
        var web =
                one(
                        """
                        {"serverUrl":"https://example.com/mcp","headers":{"A":"Bearer ${file:token}","B":"${env:TOKEN}"},"disabledTools":["x"]}
                        """);
        assertThat(web.headers())
                .containsOnly(entry("A", "Bearer fr0m-file"), entry("B", "s3cret"));
    }

    /** type: stdio, sse or streamableHttp; disabled; timeout in seconds, 60 by default. */
    @Test
    void readsClinesFile() throws IOException {
        var upstreams =
                read(
                                "cline_mcp_settings.json",
                                """
                                {"mcpServers":{
                                  "a":{"command":"node","autoApprove":["x"],"disabled":false,"timeout":120},
                                  "b":{"type":"streamableHttp","url":"https://example.com/mcp"},
                                  "off":{"command":"x","disabled":true,"env":{"A":"${NOT_SET}"}}}}
                                """)
                        .upstreams();
        assertThat(upstreams).containsOnlyKeys("a", "b");
        assertThat(upstreams.get("a").timeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(upstreams.get("b").transport()).isEqualTo(Transport.HTTP);
        assertThat(upstreams.get("b").timeout()).isEqualTo(Duration.ofSeconds(60));
    }

    /** context_servers; source; enabled; command as a string, before as an object with path. */
    @Test
    void readsZedsSettings() throws IOException {
        var upstreams =
                read(
                                "settings.json",
                                """
                                // Zed settings
                                {"context_servers":{
                                  "a":{"source":"custom","enabled":true,"command":"c","args":["x"],"env":null},
                                  "b":{"source":"custom","command":{"path":"c","args":["y"],"env":{"K":"v"}},"settings":{}},
                                  "web":{"url":"https://example.com/mcp","headers":{"Authorization":"Bearer x"}},
                                  "off":{"enabled":false,"command":"c"}}}
                                """)
                        .upstreams();
        assertThat(upstreams).containsOnlyKeys("a", "b", "web");
        assertThat(upstreams.get("b").args()).containsExactly("y");
        assertThat(upstreams.get("b").env()).containsExactly(entry("K", "v"));
    }

    /**
     * config.yaml: extensions with cmd, envs, env_keys, uri; streamable_http; builtin is its own.
     */
    @Test
    void readsGoosesYaml() throws IOException {
        var contents =
                read(
                        "config.yaml",
                        """
                        GOOSE_MODE: auto
                        extensions:
                          developer: {type: builtin, enabled: true, bundled: true}
                          files:
                            type: stdio
                            enabled: true
                            cmd: npx
                            args: ["-y", server, 1, true]
                            envs: {A: b}
                            env_keys: [TOKEN]
                            timeout: 300
                          remote:
                            type: streamable_http
                            uri: https://example.com/mcp
                            envs: {OWN: mine}
                            headers: {Authorization: "Bearer ${OWN}"}
                            timeout: 6000
                          off: {type: stdio, enabled: false, cmd: x}
                          keyless: {type: stdio, cmd: x, env_keys: [NOT_SET]}
                        """);
        assertThat(contents.upstreams()).containsOnlyKeys("files", "remote");
        var files = contents.upstreams().get("files");
        assertThat(files.command()).isEqualTo("npx");
        assertThat(files.args()).containsExactly("-y", "server", "1", "true");
        assertThat(files.env()).containsOnly(entry("A", "b"), entry("TOKEN", "s3cret"));
        assertThat(files.timeout()).isEqualTo(Duration.ofMinutes(5));
        var remote = contents.upstreams().get("remote");
        assertThat(remote.transport()).isEqualTo(Transport.HTTP);
        assertThat(remote.headers()).containsEntry("Authorization", "Bearer mine");
        assertThat(contents.refused())
                .singleElement()
                .satisfies(each -> assertThat(each.reason()).contains("keyless", "NOT_SET"));
    }

    /** LM Studio: "Cursor's mcp.json notation". OpenCode: command as an array, {env:NAME}. */
    @Test
    void readsCommandsAndTransportsInOtherShapes() throws IOException {
        var array =
                one(
                        "{\"type\":\"local\",\"command\":[\"npx\",\"-y\",\"s\"],\"environment\":{\"K\":\"{env:TOKEN}\"}}");
        assertThat(array.command()).isEqualTo("npx");
        assertThat(array.args()).containsExactly("-y", "s");
        assertThat(array.env()).containsExactly(entry("K", "s3cret"));

        var line = one("{\"command\":\"npx -y 'a b' ${BLANK}\",\"args\":[\"z\"]}");
        assertThat(line.command()).isEqualTo("npx");
        assertThat(line.args()).containsExactly("-y", "a b", "two words", "z");

        Path spaced = Files.createFile(folder.resolve("my server"));
        assertThat(one("{\"command\":\"%s\"}".formatted(spaced)).command())
                .isEqualTo(spaced.toString());

        var nested =
                one(
                        "{\"transport\":{\"type\":\"streamable-http\",\"url\":\"http://h/mcp\",\"headers\":{\"A\":1}}}");
        assertThat(nested.transport()).isEqualTo(Transport.HTTP);
        assertThat(nested.headers()).containsExactly(entry("A", "1"));
        assertThat(one("{\"transport\":\"sse\",\"url\":\"http://h/\"}").transport())
                .isEqualTo(Transport.SSE);
        assertThat(one("{\"url\":\"http://h/\",\"headers\":[\"A: b\",\"C:d\"]}").headers())
                .containsOnly(entry("A", "b"), entry("C", "d"));
        assertThat(one("{\"command\":\"\",\"url\":\"http://h/\"}").url()).hasHost("h");
    }

    /**
     * Gemini CLI: includeTools "only the tools listed here", excludeTools "takes precedence".
     * Goose: available_tools, "empty means all". Windsurf, Kiro, Roo: disabledTools. Copilot:
     * tools, "*" for all. Crush: enabled_tools, disabled_tools. MCPHub: tools by name with enabled.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {}                                                     | read write drop
                    {"includeTools":["read","drop"],"excludeTools":["drop"]} | read
                    {"includeTools":["read(path)"]}                        | read
                    {"includeTools":[]}                                    |
                    {"includeTools":null}                                  | read write drop
                    {"includeTools":"read"}                                | read
                    {"available_tools":[]}                                 | read write drop
                    {"available_tools":["read"]}                           | read
                    {"disabledTools":["write"]}                            | read drop
                    {"disabled_tools":["write"]}                           | read drop
                    {"excludedTools":["w*","drop"]}                        | read
                    {"enabled_tools":["write"]}                            | write
                    {"allowedTools":["re*"]}                               | read
                    {"tools":["*"]}                                        | read write drop
                    {"tools":["read"]}                                     | read
                    {"tools":[]}                                           |
                    {"tools":{"drop":false,"write":{"enabled":false},"read":true}} | read
                    {"tools":{"drop":"off","write":{"disabled":true},"read":null}} | read
                    {"tools":{"drop":{"description":"d"},"write":{"enabled":"no"}}} | read drop
                    {"tools":{"include":["read","drop"]}}                  | read drop
                    {"tools":{"exclude":["drop"]}}                         | read write
                    {"tools":{"include":["r*"],"exclude":"read"}}          |
                    {"autoApprove":["read"],"alwaysAllow":["read"],"trust":true} | read write drop
                    """)
    void leavesOutTheToolsThatTheFileLeavesOut(String members, @Nullable String served)
            throws IOException {
        var entry =
                "{\"command\":\"c\"" + (members.equals("{}") ? "}" : "," + members.substring(1));
        ToolFilter tools = one(entry).tools();
        assertThat(Stream.of("read", "write", "drop").filter(tools::serves))
                .containsExactlyElementsOf(served == null ? List.of() : List.of(served.split(" ")));
    }

    /** "tools": {"my-mcp*": false} beside "mcp"; a tool is called SERVER_TOOL there. */
    @Test
    void leavesOutTheToolsThatOpenCodeSwitchesOff() throws IOException {
        var upstreams =
                read(
                                "opencode.json",
                                """
                                {"tools":{"web_drop":false,"off*":false,"bash":false,"web_read":true},
                                 "mcp":{"web":{"type":"remote","url":"https://example.com/mcp"},
                                        "off":{"type":"local","command":["c"]}}}
                                """)
                        .upstreams();
        assertThat(upstreams.get("web").tools().exclude()).containsExactly("drop");
        assertThat(upstreams.get("off").tools().serves("any")).isFalse();
    }

    /** Goose reads YAML 1.2; in 1.1 these are a boolean, an octal number, 4830 and a date. */
    @Test
    void takesWordsOfYamlAsTheyAreWritten() throws IOException {
        var upstream =
                read(
                                "config.yaml",
                                """
                                extensions:
                                  a: &a
                                    enabled: true
                                    type: stdio
                                    cmd: c
                                    args: [yes, off, 0644, 80:30, 2024-01-01, 1.10, 1e3, 7, true, ~, .nan, 0x1F, "8"]
                                    envs: {A: no, 7: on, B: 012345678901234567890, C: }
                                    timeout: 7
                                  b: {<<: *a, cmd: d}
                                """)
                        .upstreams();
        assertThat(upstream.get("a").args())
                .containsExactly(
                        "yes",
                        "off",
                        "0644",
                        "80:30",
                        "2024-01-01",
                        "1.10",
                        "1e3",
                        "7",
                        "true",
                        ".nan",
                        "0x1F",
                        "8");
        assertThat(upstream.get("a").env())
                .containsOnly(
                        entry("A", "no"), entry("7", "on"), entry("B", "012345678901234567890"));
        assertThat(upstream.get("a").timeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(upstream.get("b").command()).isEqualTo("d");
    }

    @Test
    void showsNoPartOfAKeyThatHasADollarSign() throws IOException {
        assertThat(refusal("{\"url\":\"http://h/\",\"headers\":{\"X-Key\":\"k9!-$ecretPart\"}}"))
                .contains("X-Key")
                .doesNotContain("ecretPart");
    }

    @Test
    void startsNoServerThatMayBeSwitchedOff() throws IOException {
        McpServersFile.Contents contents =
                read(
                        "mcp.yaml",
                        """
                        mcpServers:
                          a: {command: c, disabled: yes}
                          b: {command: c, enabled: off}
                          c: {command: c, disabled: perhaps}
                          d: {command: c, disabled: no, enabled: on}
                        """);
        assertThat(contents.upstreams()).containsOnlyKeys("d");
        assertThat(contents.refused())
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.name()).isEqualTo("c");
                    assertThat(each.reason()).contains("disabled: must be true or false");
                });
    }

    @Test
    void takesNumbersAndBooleansAsTheyAreWritten() throws IOException {
        var upstream =
                one(
                        "{\"command\":\"c\",\"args\":[\"--port\",8080,1.10,true,null],\"env\":{\"N\":1e3,\"B\":false,\"NONE\":null}}");
        assertThat(upstream.args()).containsExactly("--port", "8080", "1.10", "true");
        assertThat(upstream.env()).containsOnly(entry("N", "1000"), entry("B", "false"));
    }

    @Test
    void readsNoPlaceholderInAReplacement() throws IOException {
        var upstream =
                one("{\"command\":\"c\",\"args\":[\"${BRACES}\"],\"env\":{\"K\":\"${BRACES}\"}}");
        assertThat(upstream.args()).containsExactly("a${TOKEN}b");
        assertThat(upstream.env()).containsExactly(entry("K", "a${TOKEN}b"));
    }

    @Test
    void turnsUserInfoIntoAnAuthorizationHeader() throws IOException {
        var upstream = one("{\"url\":\"https://ada:p%40ss+@example.com:8443/mcp?x=1#y\"}");
        assertThat(upstream.url()).isEqualTo(URI.create("https://example.com:8443/mcp?x=1"));
        // base64 of "ada:p@ss+"
        assertThat(upstream.headers())
                .containsExactly(entry("Authorization", "Basic YWRhOnBAc3Mr"));
        assertThat(upstream.toString()).doesNotContain("ada", "x=1");
        assertThat(
                        one("{\"url\":\"http://u:p@h/\",\"headers\":{\"authorization\":\"Bearer x\"}}")
                                .headers())
                .containsExactly(entry("authorization", "Bearer x"));
    }

    @Test
    void leavesOutHeadersThatTheProtocolSets() throws IOException {
        var headers =
                one("""
                {"url":"http://h/","headers":{"content-type":"a","ACCEPT":"b","Host":"c","Content-Length":"1","Mcp-Session-Id":"d",
                 "MCP-Protocol-Version":"e","Connection":"close","Transfer-Encoding":"x","X-MCP-Toolsets":"repos","User-Agent":"me"}}
                """)
                        .headers();
        assertThat(HttpEndpoint.ignored(headers)).hasSize(8);
        assertThat(new HttpEndpoint(URI.create("http://h/"), headers).headers())
                .containsOnly(entry("X-MCP-Toolsets", "repos"), entry("User-Agent", "me"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    1                                                      | must be an object
                    null                                                   | must be an object
                    {}                                                     | has neither command nor url
                    {"command":1}                                          | command
                    {"command":""}                                         | has neither command nor url
                    {"command":[]}                                         | command: is empty
                    {"command":"c","args":{"a":1}}                         | args: must be an array
                    {"command":"c","args":[["a"]]}                         | args: must be a string
                    {"command":"c","env":["a"]}                            | env: must be an object
                    {"command":"c","env":{"A":{"b":1}}}                    | env.A: must be a string
                    {"command":"c","env":{"A=B":"x"}}                      | environment variable
                    {"command":"c","env":{"A":"x\\u0000"}}                 | environment variable A
                    {"command":"c","cwd":"/no/such/folder"}                | cwd
                    {"command":"c","cwd":1}                                | cwd: must be a string
                    {"command":"c","includeTools":{"a":1}}                 | includeTools: must be an array
                    {"command":"c","disabledTools":[{"a":1}]}              | disabledTools: must be a string
                    {"command":"c","tools":{"drop":["x"]}}                 | tools.drop: must be true, false
                    {"command":"c","tools":{"drop":{"enabled":"perhaps"}}} | tools.drop: must be true, false
                    {"command":"c","envFile":"none.env"}                   | envFile: cannot be read
                    {"command":"c","url":"http://h/"}                      | both command and url
                    {"type":"ws","url":"ws://h/"}                          | type: must be
                    {"type":"stdio","url":"http://h/"}                     | type stdio needs a command
                    {"type":"http","command":"c"}                          | needs a url
                    {"url":"ftp://h/"}                                     | url: must be an absolute http
                    {"url":"/mcp"}                                         | url: must be an absolute http
                    {"url":"http://my_server/mcp"}                         | url: the host name is missing or invalid
                    {"url":"http://h:99999/"}                              | url
                    {"url":"http://a b/"}                                  | url: is not a URL
                    {"url":"http://h/${NOT_SET}"}                          | url: ${NOT_SET} has no value
                    {"url":"http://h/","headers":{"A":"Bearer ${NOT_SET}"}}| headers.A: ${NOT_SET} has no value
                    {"url":"http://h/","headers":{"A":"Bearer $NOT_SET"}}  | headers.A: ${NOT_SET} has no value
                    {"url":"http://h/","headers":{"A":"Bearer $not_set"}}  | headers.A: ${not_set} has no value
                    {"url":"http://h/","headers":{"A":"Bearer %NOT_SET%"}} | headers.A: ${NOT_SET} has no value
                    {"url":"http://h/","headers":{"A":"%not_set%"}}        | headers.A: ${not_set} has no value
                    {"url":"http://h/","headers":{"A":"Bearer {{TOKEN}}"}} | headers.A: a placeholder {{…}} has an unknown form
                    {"command":"c","env":{"A":"%NOT_SET%"}}                | env.A: ${NOT_SET} has no value
                    {"url":"http://h/","headers":{"A":"${env:NOT_SET}"}}   | headers.A: ${env:NOT_SET} has no value
                    {"url":"http://h/","headers":{"A":"{env:NOT_SET}"}}    | headers.A: ${env:NOT_SET} has no value
                    {"url":"http://h/","headers":{"A":"${file:none}"}}     | headers.A: ${file:none} has no value
                    {"url":"http://h/","headers":{"A":"${secret:TOKEN}"}}  | headers.A: ${secret:TOKEN} has no value
                    {"url":"http://h/","headers":{"A":"${TOKEN"}}          | headers.A: a placeholder has ${ but no }
                    {"url":"http://h/","headers":{"A":"${}"}}              | headers.A: a placeholder
                    {"url":"http://h/","headers":{"A":"${NO:-${NOPE}}"}}   | headers.A: ${NOPE} has no value
                    {"url":"http://h/","headers":{"A":"s3cret\\nB: c"}}    | headers.A: the value contains a line break
                    {"url":"http://h/","headers":{"A":"s3cret\\u0007"}}    | headers.A: the value contains
                    {"url":"http://h/","headers":{"A":"s3cret\\u2028"}}    | headers.A: the value contains
                    {"url":"http://h/","headers":{"":"s3cret"}}            | headers.: is not a valid header name
                    {"url":"http://h/","headers":{"A B":"s3cret"}}         | headers.A B: is not a valid header name
                    {"url":"http://h/","headers":{"A\\r\\nB":"s3cret"}}    | is not a valid header name
                    {"url":"http://h/","headers":"A"}                      | headers: must be an object
                    {"command":"c","args":["${NOT_SET}"]}                  | args: ${NOT_SET} has no value
                    {"command":"${NOT_SET}"}                               | command: ${NOT_SET} has no value
                    {"command":"c","env":{"A":"${input:none}"}}            | env.A: ${input:none} has no value
                    """)
    void leavesOutOneEntryWithItsReason(String entry, String reason) throws IOException {
        assertThat(refusal(entry))
                .contains("mcp.json, mcpServers.bad: ")
                .contains(reason)
                .doesNotContain("s3cret", "\n", "\r");
    }

    @Test
    void givesNamesThatAPathCanCarry() throws IOException {
        var contents =
                read(
                        "mcp.json",
                        """
                        {"mcpServers":{"My Notes Server":{"command":"1"},"github.com/x/y":{"command":"2"},"@a/b":{"command":"3"},
                         "a b":{"command":"4"},"a-b":{"command":"5"},"Café":{"command":"6"},"笔记":{"command":"7"},"..":{"command":"8"},
                         "a-very-long-name-that-no-path-segment-should-have":{"command":"9"},
                         "a-very-long-name-that-no-path-segment-wants":{"command":"10"}}}
                        """);
        assertThat(contents.refused()).isEmpty();
        assertThat(contents.upstreams().keySet())
                .containsExactly(
                        "My-Notes-Server",
                        "github.com-x-y",
                        "a-b-2",
                        "a-b-3",
                        "a-b",
                        "Cafe",
                        "server",
                        "server-2",
                        "a-very-long-name-that-no-path-se",
                        "a-very-long-name-that-no-path-2")
                .allMatch(EndpointNames::isValid);
        assertThat(contents.upstreams().get("a-b").command()).isEqualTo("5");
        assertThat(contents.renamed())
                .containsEntry("a-b-2", "@a/b")
                .containsEntry("My-Notes-Server", "My Notes Server")
                .doesNotContainKey("a-b");
    }

    @Test
    void leavesOutWhatHasAnothersName() throws IOException {
        var contents = read("mcp.json", "{\"mcpServers\":{\"taken\":{\"command\":\"c\"}}}");
        assertThat(contents.upstreams()).isEmpty();
        assertThat(contents.refused().getFirst().reason()).contains("springline.relay.upstreams");
    }

    @Test
    void readsAByteOrderMarkInEachEncodingOfWindows() throws IOException {
        String json = "\ufeff{\"mcpServers\":{\"a\":{\"command\":\"ü\"}}}";
        for (var charset : Set.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE)) {
            Path file = Files.write(folder.resolve("mcp.json"), json.getBytes(charset));
            assertThat(read(file).upstreams().get("a").command()).isEqualTo("ü");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    mcp.json | {"mcpServers":{"a":{"env":{"K":s3cret}}}} | is not JSON: line 1, column
                    mcp.json | {                                         | is not JSON
                    mcp.json | ''                                        | has no servers
                    mcp.json | []                                        | has no servers
                    mcp.json | {"theme":"dark"}                          | has no servers
                    mcp.json | {"mcpServers":"s3cret"}                   | has no servers
                    a.yaml   | 'a: [s3cret'                              | is not YAML: line
                    a.yaml   | '- !!javax.script.ScriptEngineManager []' | is not YAML
                    """)
    void refusesAFileWithoutServersAndQuotesNothingOfIt(String name, String text, String reason) {
        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> read(name, text))
                .withMessageContaining("springline.relay.config-file")
                .withMessageContaining(name)
                .withMessageContaining(reason)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("s3cret"));
    }

    @Test
    void refusesAFileThatIsNotThere() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> read(folder.resolve("nowhere.json")))
                .withMessageContaining("nowhere.json does not exist");
    }
}
