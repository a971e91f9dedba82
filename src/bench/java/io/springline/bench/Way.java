package io.springline.bench;

/** What is measured: a server, and how its clients talk to it. */
enum Way {
    NETTY_ECHO("Netty, bare echo", Server.NETTY_ECHO, Dialect.ECHO),
    SPRING_ECHO("Spring handler on Jetty, bare echo", Server.SPRING_ECHO, Dialect.ECHO),
    QUARKUS_1("Quarkus MCP 1.7.2, legacy", Server.QUARKUS_1, Dialect.LEGACY),
    QUARKUS_2("Quarkus MCP 2.0.0.CR2, legacy", Server.QUARKUS_2, Dialect.LEGACY),
    QUARKUS_2_MODERN("Quarkus MCP 2.0.0.CR2, modern", Server.QUARKUS_2, Dialect.MODERN),
    SPRINGLINE("Springline, legacy", Server.SPRINGLINE, Dialect.LEGACY),
    SPRINGLINE_MODERN("Springline, modern", Server.SPRINGLINE, Dialect.MODERN);

    /** The argument of each call, 64 bytes; its answer must hold it. */
    static final String MESSAGE = "x".repeat(64);

    /** What a client sends. An echo gets the message of a legacy call, and sends it back. */
    enum Dialect {
        ECHO(""),
        LEGACY(""),
        MODERN(
                """
                "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
                "io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},\
                "io.modelcontextprotocol/clientCapabilities":{}},\
                """);

        private final String meta;

        Dialect(String meta) {
            this.meta = meta;
        }

        String call() {
            return """
            {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s"name":"echo",\
            "arguments":{"message":"%s"}}}\
            """
                    .formatted(Frames.FIRST_ID, meta, MESSAGE);
        }
    }

    final String title;
    final Server server;
    final Dialect dialect;

    Way(String title, Server server, Dialect dialect) {
        this.title = title;
        this.server = server;
        this.dialect = dialect;
    }
}
