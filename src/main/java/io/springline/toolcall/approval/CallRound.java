package io.springline.toolcall.approval;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a later round of a call needs from the earlier ones. The client carries it in the encrypted
 * {@code requestState}.
 *
 * @param token can be taken once; empty if the client does not carry the state
 * @param digest of the call with its arguments
 * @param untilMillis the end of its validity, in epoch time
 * @param approved true if the call was approved and its handler asks for input; false if the
 *     approval itself was asked for
 * @param state the handler's own state
 */
record CallRound(
        String token, String digest, long untilMillis, boolean approved, @Nullable JsonNode state) {

    private static final String MARK = "io.springline/approval";
    private static final String STATE = "state";

    /** Returns the round that the state describes, or null if it is a handler's own state. */
    static @Nullable CallRound of(@Nullable JsonNode state) {
        if (!(state instanceof ObjectNode object) || !object.has(MARK)) {
            return null;
        }
        JsonNode own = object.path(MARK);
        return new CallRound(
                own.path("token").asString(""),
                own.path("digest").asString(""),
                own.path("until").asLong(0),
                own.path("approved").asBoolean(false),
                object.get(STATE));
    }

    JsonNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject(MARK)
                .put("token", token)
                .put("digest", digest)
                .put("until", untilMillis)
                .put("approved", approved);
        if (state != null) {
            json.set(STATE, state);
        }
        return json;
    }
}
