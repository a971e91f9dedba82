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
 * A command's client: resumes by itself, and tells on standard error what happens meanwhile. Speaks
 * the legacy era, which every server does, and declares no capability, so that no server asks it
 * anything. Whoever opens it closes it.
 */
final class CommandSession implements ClientListener, AutoCloseable {

    private static final String VERSION = "2025-11-25";

    /** So long a server may be away. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final ServerOptions server;
    private final Duration timeout;
    private final McpWebSocketClient client;

    private CommandSession(ServerOptions server, Duration timeout) {
        this.server = server;
        this.timeout = timeout;
        client = server.client().listener(this).giveUpAfter(PATIENCE).build();
    }

    /**
     * Connects.
     *
     * @param timeout for each answer
     */
    static CommandSession open(ServerOptions server, Duration timeout)
            throws Failure, InterruptedException {
        server.logAt("OFF");
        var conversation = new CommandSession(server, timeout);
        // SIGINT and SIGTERM: the server need not keep the session, nor serve what is running
        Runtime.getRuntime().addShutdownHook(new Thread(conversation::close));
        try {
            conversation.client.connect();
        } catch (IOException e) {
            throw conversation.unusable(e.getMessage());
        }
        return conversation;
    }

    /** Opens the MCP session. */
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
     * @throws Failure when there is no result
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
                    "No answer to %s within %d s, so it was cancelled. Wait longer with --timeout SECONDS."
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
                            " See the tools of the server with: %s list %s"
                                    .formatted(Commands.name(), server.uri());
                    case "initialize" -> " Is this an MCP server?";
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
                    : "Name your token with --token-env NAME or --token-file PATH.";
        }
        if (why.contains("certificat") || why.contains("trust anchor")) {
            return "If its certificate is from an authority of your own, name that with --cacert PATH.";
        }
        if (why.contains("Connection refused")) {
            return "Is the server running? Start it with: " + Commands.name();
        }
        return why.contains("no WebSocket endpoint")
                ? "The path of the URL is usually /mcp."
                : "Check the URL, and read the log of the server.";
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
                    tell("The server no longer has the session: " + reason);
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
