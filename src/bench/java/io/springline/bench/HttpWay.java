package io.springline.bench;

import io.springline.bench.Way.Dialect;

/** A server's Streamable HTTP endpoint, and the revision that its clients speak. */
enum HttpWay {
    QUARKUS("Quarkus MCP 1.7.2, legacy", Server.QUARKUS, "/mcp", Dialect.LEGACY),
    JAVA_SDK("MCP Java SDK, legacy", Server.JAVA_SDK, "/mcp", Dialect.LEGACY),
    JAVA_SDK_MODERN("MCP Java SDK, modern", Server.JAVA_SDK, "/modern", Dialect.MODERN),
    SPRINGLINE("Springline, legacy", Server.SPRINGLINE, "/mcp", Dialect.LEGACY),
    SPRINGLINE_MODERN("Springline, modern", Server.SPRINGLINE, "/mcp", Dialect.MODERN);

    final String title;
    final Server server;
    final String path;
    final Dialect dialect;

    HttpWay(String title, Server server, String path, Dialect dialect) {
        this.title = title;
        this.server = server;
        this.path = path;
        this.dialect = dialect;
    }
}
