package io.springline.bench;

/** What is measured: a server, and how its clients talk to it. */
enum Way {
    NETTY_ECHO("Netty, bare echo", Server.NETTY_ECHO, Dialect.ECHO),
    SPRING_ECHO("Spring handler on Jetty, bare echo", Server.SPRING_ECHO, Dialect.ECHO),
    QUARKUS("Quarkus MCP 1.7.2, legacy", Server.QUARKUS, Dialect.LEGACY),
    QUARKUS_NONBLOCKING(
            "Quarkus MCP 1.7.2 @NonBlocking, legacy", Server.QUARKUS, Dialect.LEGACY, "fast"),
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

        String call(String tool) {
            return """
            {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s"name":"%s",\
            "arguments":{"message":"%s"}}}\
            """
                    .formatted(Frames.FIRST_ID, meta, tool, MESSAGE);
        }
    }

    final String title;
    final Server server;
    private final Target target;

    Way(String title, Server server, Dialect dialect) {
        this(title, server, dialect, "echo");
    }

    Way(String title, Server server, Dialect dialect, String tool) {
        this.title = title;
        this.server = server;
        this.target = new Target(title, server.path, server.pause, dialect, tool);
    }

    Target target() {
        return target;
    }
}
