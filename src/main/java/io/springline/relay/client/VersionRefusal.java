package io.springline.relay.client;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.mcp.ProtocolVersion;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Version negotiation with legacy upstreams: the next version to request after {@code initialize}
 * was refused, and the version to use after the upstream has named one.
 */
final class VersionRefusal {

    private static final Pattern DATE = Pattern.compile("\\b20\\d\\d-\\d\\d-\\d\\d\\b");

    /** Error codes that servers return for an unknown version. */
    private static final Set<Integer> CODES =
            Set.of(
                    ErrorCode.UNSUPPORTED_PROTOCOL_VERSION.code(),
                    ErrorCode.INVALID_PARAMS.code(),
                    ErrorCode.INVALID_REQUEST.code(),
                    -32000);

    private VersionRefusal() {}

    /**
     * Returns the version to request next: the newest one in the error's message or data, otherwise
     * the next older one if the error may be about the version.
     *
     * @param asked the versions requested so far; the last one was refused
     */
    static Optional<String> next(JsonRpcError error, Set<String> asked) {
        String said = error.message() + " " + error.data();
        return named(said, asked)
                .or(() ->
                        CODES.contains(error.code()) || isAboutVersion(said)
                                ? older(asked)
                                : Optional.empty());
    }

    /** Returns the version to request next after a refusal that is not a JSON-RPC error. */
    static Optional<String> next(UpstreamException refused, Set<String> asked) {
        String said = String.valueOf(refused.getMessage());
        return named(said, asked)
                .or(() ->
                        said.contains("HTTP 400") || isAboutVersion(said)
                                ? older(asked)
                                : Optional.empty());
    }

    /**
     * Returns the version to use with an upstream: the newest known one that is not newer than the
     * one it named, or the oldest. If it named none, the requested one.
     */
    static ProtocolVersion served(String answered, String asked) {
        String name = DATE.matcher(answered).matches() ? answered : asked;
        return legacy().filter(known -> known.wireName().compareTo(name) <= 0)
                .findFirst()
                .orElse(ProtocolVersion.V2024_11_05);
    }

    private static boolean isAboutVersion(String said) {
        return said.toLowerCase(Locale.ROOT).contains("version");
    }

    private static Optional<String> named(String said, Set<String> asked) {
        return DATE.matcher(said)
                .results()
                .map(MatchResult::group)
                .filter(name -> !asked.contains(name))
                .filter(name -> name.compareTo(ProtocolVersion.MODERN.wireName()) < 0)
                .max(
                        Comparator.<String, Boolean>comparing(
                                        name -> ProtocolVersion.of(name).isPresent())
                                .thenComparing(Comparator.naturalOrder()));
    }

    private static Optional<String> older(Set<String> asked) {
        return legacy().map(ProtocolVersion::wireName)
                .filter(name -> !asked.contains(name))
                .findFirst();
    }

    /** Returns the legacy versions, newest first. */
    private static Stream<ProtocolVersion> legacy() {
        return Arrays.stream(ProtocolVersion.values())
                .filter(version -> !version.isModern())
                .sorted(Comparator.reverseOrder());
    }
}
