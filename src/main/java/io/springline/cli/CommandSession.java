package io.springline.cli;

import io.springline.client.ClientListener;
import io.springline.client.ClientState;
import io.springline.client.McpWebSocketClient;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The client session of a command. Reconnects and resumes automatically, and prints progress and
 * changes of the connection to standard error. Uses a legacy revision, which every server supports,
 * and declares no capabilities, so that servers send no requests other than ping. The caller closes
 * it.
 */
final class CommandSession implements ClientListener, AutoCloseable {

    private static final String VERSION = "2025-11-25";

    /** The time without a connection after which the command gives up. */
    private static final Duration GIVE_UP_AFTER = Duration.ofMinutes(2);

    private final ServerOptions server;
    private final Duration timeout;
    private final McpWebSocketClient client;

    private CommandSession(ServerOptions server, Duration timeout) {
        this.server = server;
        this.timeout = timeout;
        client = server.client().listener(this).giveUpAfter(GIVE_UP_AFTER).build();
    }

    /**
     * Connects to the server. Blocks until connected.
     *
     * @param timeout the timeout of each request
     * @throws Failure if the server cannot be reached or refuses the connection
     */
    static CommandSession open(ServerOptions server, Duration timeout)
            throws Failure, InterruptedException {
        server.logAt("OFF");
        var session = new CommandSession(server, timeout);
        // on SIGINT and SIGTERM, ends the session, so that the server cancels running calls
        Runtime.getRuntime().addShutdownHook(new Thread(session::close));
        try {
            session.client.connect();
        } catch (IOException e) {
            throw session.unusable(e.getMessage());
        }
        return session;
    }

    /** Opens the MCP session by {@code initialize}. */
    CommandSession initialize() throws Failure, InterruptedException {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.put("protocolVersion", VERSION);
        params.putObject("capabilities");
        params.putObject("clientInfo").put("name", "springline-cli").put("version", "1");
        ask("initialize", params);
        client.notify("notifications/initialized", null);
        return this;
    }

    /**
     * Sends a request and blocks until its result arrives.
     *
     * @throws Failure if the server responds with an error, the timeout passes, or the connection
     *     is closed
     */
    ObjectNode ask(String method, @Nullable ObjectNode params)
            throws Failure, InterruptedException {
        if (client.state() instanceof ClientState.Closed(var reason)) {
            throw unusable(reason);
        }
        CompletableFuture<Response> answer = client.request(method, params);
        try {
            return switch (answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                case ResultResponse(_, ObjectNode result) -> result;
                case ResultResponse _ ->
                        throw new Failure(
                                Failure.ERROR,
                                "The server's result of %s is not a JSON object".formatted(method));
                case ErrorResponse(_, var error) -> throw refused(method, error);
            };
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new Failure(
                    Failure.TIMEOUT,
                    "No answer to %s within %d s, so it was cancelled. To wait longer, use --timeout SECONDS."
                            .formatted(method, timeout.toSeconds()));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private Failure refused(String method, JsonRpcError error) {
        if (client.state() instanceof ClientState.Closed(var reason)) {
            return unusable(reason);
        }
        String next =
                switch (method) {
                    case "tools/call" ->
                            " To see the tools of the server, run: %s list %s"
                                    .formatted(Commands.name(), server.uri());
                    case "initialize" -> " Check that the URL is that of an MCP server.";
                    default -> "";
                };
        return new Failure(
                Failure.ERROR,
                "%s failed: %s (%d).%s".formatted(method, error.message(), error.code(), next));
    }

    private Failure unusable(@Nullable String reason) {
        String why = String.valueOf(reason);
        return new Failure(
                Failure.UNUSABLE,
                "%s cannot be used: %s. %s".formatted(server.uri(), why, advice(why)));
    }

    private String advice(String why) {
        if (why.contains("401")) {
            return server.hasToken()
                    ? "Your token is wrong or has expired."
                    : "Provide your token with --token-env NAME or --token-file PATH.";
        }
        if (why.contains("certificat") || why.contains("trust anchor")) {
            return "If its certificate is from a private authority, use --cacert PATH.";
        }
        if (why.contains("Connection refused")) {
            return "Check that the server is running. To start one here, run: " + Commands.name();
        }
        return why.contains("no WebSocket endpoint")
                ? "The path of the URL is usually /mcp."
                : "Check the URL and the log of the server.";
    }

    @Override
    public void received(JsonRpcMessage message) {
        switch (message) {
            case Request request -> answer(request);
            case Notification(var method, var params) when params != null -> {
                switch (method) {
                    case "notifications/progress" -> tell(TerminalText.progress(params));
                    case "notifications/message" -> tell(TerminalText.log(params));
                    default -> {}
                }
            }
            default -> {}
        }
    }

    private void answer(Request request) {
        client.send(
                request.method().equals("ping")
                        ? new ResultResponse(request.id(), JsonNodeFactory.instance.objectNode())
                        : new ErrorResponse(
                                request.id(),
                                ErrorCode.METHOD_NOT_FOUND.error(
                                        "Method not found: " + request.method())));
    }

    @Override
    public void stateChanged(ClientState state) {
        switch (state) {
            case ClientState.Resuming _ -> tell("The connection was lost; resuming the session");
            case ClientState.Lost(var reason) ->
                    tell("The session was lost (%s); opening a new one".formatted(reason));
            case ClientState.Open(var session, _) when session > 1 ->
                    tell("Connected again, with a new session");
            case ClientState.Open _, ClientState.Connecting _, ClientState.Closed _ -> {}
        }
    }

    private void tell(String line) {
        server.tell(TerminalText.safe(line));
    }

    @Override
    public void close() {
        client.close();
    }
}
