package io.springline.transport.http;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Streamable HTTP, at the paths of the WebSocket endpoints. What is not here is as {@code
 * springline.websocket} says: paths, hosts, origins, connection limits, message size, buffers.
 *
 * @param enabled whether clients may connect by HTTP; if not, a plain GET is answered with 426
 * @param response {@code auto} answers with JSON, and with an event stream if a call sends
 *     something before its answer or takes longer than {@code stream-after}; {@code json} never
 *     answers a POST with an event stream, {@code sse} always does
 * @param streamAfter how long a call may take before {@code auto} begins an event stream
 * @param keepAlive between two comments on an event stream that has nothing else to send
 * @param sessionTimeout how long a session without a request and without an open stream is kept
 * @param maxSessions of this node; one more ends the longest unused of the same client, or is
 *     refused with 503
 * @param maxSessionsPerPrincipal of one authenticated principal; one more ends its longest unused,
 *     or is refused with 429
 * @param maxSessionsPerAddress of one remote address, likewise
 */
@Validated
@ConfigurationProperties(prefix = "springline.http", ignoreUnknownFields = false)
record HttpTransportProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("auto") @NotNull ResponseMode response,
        @DefaultValue("5s") @NotNull @DurationMin(millis = 10) Duration streamAfter,
        @DefaultValue("15s") @NotNull @DurationMin(millis = 100) Duration keepAlive,
        @DefaultValue("30m") @NotNull @DurationMin(seconds = 1) Duration sessionTimeout,
        @DefaultValue("10000") @Min(0) @Max(1_000_000) int maxSessions,
        @DefaultValue("1000") @Min(0) @Max(1_000_000) int maxSessionsPerPrincipal,
        @DefaultValue("1000") @Min(0) @Max(1_000_000) int maxSessionsPerAddress) {

    /** How a POST that holds a request is answered. */
    enum ResponseMode {
        AUTO,
        JSON,
        SSE
    }
}
