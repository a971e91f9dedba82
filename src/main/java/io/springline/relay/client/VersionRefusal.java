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
 * What to do about the protocol version of a legacy upstream: which one to ask for next after it
 * has refused {@code initialize}, and as which one to serve it after it has named its own.
 */
final class VersionRefusal {

    private static final Pattern DATE = Pattern.compile("\\b20\\d\\d-\\d\\d-\\d\\d\\b");

    /** Codes that servers give a version they do not know, besides the one for it. */
    private static final Set<Integer> CODES =
            Set.of(
                    ErrorCode.UNSUPPORTED_PROTOCOL_VERSION.code(),
                    ErrorCode.INVALID_PARAMS.code(),
                    ErrorCode.INVALID_REQUEST.code(),
                    -32000);

    private VersionRefusal() {}

    /**
     * The version to ask for next: the newest that the error names, in its data or its message, or
     * else the next older one if the error may be about the version.
     *
     * @param asked so far, the last one being refused
     */
    static Optional<String> next(JsonRpcError error, Set<String> asked) {
        String said = error.message() + " " + error.data();
        return named(said, asked)
                .or(() ->
                        CODES.contains(error.code()) || isAboutVersion(said)
                                ? older(asked)
                                : Optional.empty());
    }

    /** The same for a refusal that is no JSON-RPC error. */
    static Optional<String> next(UpstreamException refused, Set<String> asked) {
        String said = String.valueOf(refused.getMessage());
        return named(said, asked)
                .or(() ->
                        said.contains("HTTP 400") || isAboutVersion(said)
                                ? older(asked)
                                : Optional.empty());
    }

    /**
     * The version as which an upstream is served: the one that it names, the newest known one
     * before that, or the oldest. If it names none, the one that it was asked for.
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

    /** Newest first. */
    private static Stream<ProtocolVersion> legacy() {
        return Arrays.stream(ProtocolVersion.values())
                .filter(version -> !version.isModern())
                .sorted(Comparator.reverseOrder());
    }
}
