package io.springline.transport.http;

import io.springline.transport.http.stream.ResponseFormat;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Streamable HTTP, at the same paths as WebSocket. Paths, hosts, origins, connection limits,
 * message size and buffers are those of {@code springline.websocket}.
 *
 * @param enabled whether clients may use HTTP. If not, the response to a plain GET is 426
 * @param response form of the response to a POST. {@code auto}: JSON, or an event stream if a call
 *     sends other messages before its result or takes longer than {@code stream-after}. {@code
 *     json}: never an event stream. {@code sse}: always an event stream, except for {@code
 *     server/discover}
 * @param streamAfter duration of a call after which {@code auto} starts an event stream
 * @param keepAlive interval of comments on an event stream without other events
 * @param maxStreamAge age at which the event stream of a GET ends, so that its client opens the
 *     next one, at another node if there is one; without an effect on calls. 0: no limit
 * @param sessionTimeout time for which a session without a request and without an open stream is
 *     kept
 * @param maxSessions maximum number of sessions on this node. One more ends the longest unused
 *     session of the client that has most sessions, or is refused with 503
 * @param maxSessionsPerPrincipal maximum number of sessions of one authenticated principal. One
 *     more ends its longest unused session, or is refused with 429
 * @param maxSessionsPerAddress maximum number of sessions from one remote address. One more ends
 *     its longest unused session, or is refused with 429
 * @param lenientVersionHeader whether a 2026-07-28 request is served although its header {@code
 *     MCP-Protocol-Version} names an older revision, as some clients send it. Its headers are not
 *     compared with its body then, which departs from a MUST of the specification: do not use it
 *     behind a proxy that decides by these headers
 */
@Validated
@ConfigurationProperties(prefix = "springline.http", ignoreUnknownFields = false)
record HttpTransportProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("auto") @NotNull ResponseMode response,
        @DefaultValue("5s") @NotNull @DurationMin(millis = 10) Duration streamAfter,
        @DefaultValue("15s") @NotNull @DurationMin(millis = 100) Duration keepAlive,
        @DefaultValue("0s") @NotNull @DurationMin(nanos = 0) Duration maxStreamAge,
        @DefaultValue("30m") @NotNull @DurationMin(seconds = 1) Duration sessionTimeout,
        @DefaultValue("10000") @Min(0) @Max(1_000_000) int maxSessions,
        @DefaultValue("1000") @Min(0) @Max(1_000_000) int maxSessionsPerPrincipal,
        @DefaultValue("1000") @Min(0) @Max(1_000_000) int maxSessionsPerAddress,
        @DefaultValue("false") boolean lenientVersionHeader) {

    /** The form of the response to a POST with a request. */
    enum ResponseMode {
        AUTO,
        JSON,
        SSE;

        /**
         * Returns the form of the response to a client that accepts both. The response to {@code
         * server/discover} is never an event stream: clients probe with it, and some understand
         * only JSON then.
         */
        ResponseFormat format(String method) {
            return switch (this) {
                case JSON -> ResponseFormat.JSON;
                case SSE ->
                        method.equals("server/discover")
                                ? ResponseFormat.JSON
                                : ResponseFormat.EVENTS;
                case AUTO ->
                        switch (method) {
                            case "tools/call", "prompts/get", "resources/read", "tasks/result" ->
                                    ResponseFormat.UNDECIDED;
                            default -> ResponseFormat.JSON;
                        };
            };
        }
    }
}
