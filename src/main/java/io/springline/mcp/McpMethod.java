package io.springline.mcp;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The requests that clients may send, and the revisions in which each one exists. */
public enum McpMethod {
    INITIALIZE("initialize", Era.LEGACY),
    PING("ping", Era.LEGACY),
    SET_LEVEL("logging/setLevel", Era.LEGACY),
    RESOURCES_SUBSCRIBE("resources/subscribe", Era.LEGACY),
    RESOURCES_UNSUBSCRIBE("resources/unsubscribe", Era.LEGACY),
    DISCOVER("server/discover", Era.MODERN),
    LISTEN("subscriptions/listen", Era.MODERN),
    TOOLS_LIST("tools/list", Era.BOTH),
    TOOLS_CALL("tools/call", Era.BOTH),
    RESOURCES_LIST("resources/list", Era.BOTH),
    RESOURCE_TEMPLATES_LIST("resources/templates/list", Era.BOTH),
    RESOURCES_READ("resources/read", Era.BOTH),
    PROMPTS_LIST("prompts/list", Era.BOTH),
    PROMPTS_GET("prompts/get", Era.BOTH),
    COMPLETE("completion/complete", Era.BOTH),
    TASKS_GET("tasks/get", Era.SINCE_2025_11_25),
    TASKS_UPDATE("tasks/update", Era.MODERN),
    TASKS_CANCEL("tasks/cancel", Era.SINCE_2025_11_25),
    TASKS_RESULT("tasks/result", Era.ONLY_2025_11_25),
    TASKS_LIST("tasks/list", Era.ONLY_2025_11_25),

    /** Any method that MCP itself does not define. It is served if an extension has it. */
    EXTENSION("extension", Era.BOTH);

    private enum Era {
        LEGACY,
        MODERN,
        BOTH,
        SINCE_2025_11_25,
        ONLY_2025_11_25
    }

    private static final Map<String, McpMethod> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toMap(m -> m.wireName, Function.identity()));

    private final String wireName;
    private final Era era;

    McpMethod(String wireName, Era era) {
        this.wireName = wireName;
        this.era = era;
    }

    public String wireName() {
        return wireName;
    }

    public boolean existsIn(ProtocolVersion version) {
        return switch (era) {
            case LEGACY -> !version.isModern();
            case MODERN -> version.isModern();
            case BOTH -> true;
            case SINCE_2025_11_25 -> version.isAtLeast(ProtocolVersion.V2025_11_25);
            case ONLY_2025_11_25 -> version == ProtocolVersion.V2025_11_25;
        };
    }

    /**
     * Returns true if the method is served on the thread that reads messages, before the next
     * message. Such a method is short, does not block except in {@link
     * io.springline.session.McpSession#agreed}, and its effect must precede the client's next
     * message.
     */
    public boolean isInline() {
        return switch (this) {
            case INITIALIZE,
                    PING,
                    SET_LEVEL,
                    RESOURCES_SUBSCRIBE,
                    RESOURCES_UNSUBSCRIBE,
                    DISCOVER,
                    LISTEN ->
                    true;
            case TOOLS_LIST,
                    TOOLS_CALL,
                    RESOURCES_LIST,
                    RESOURCE_TEMPLATES_LIST,
                    RESOURCES_READ,
                    PROMPTS_LIST,
                    PROMPTS_GET,
                    COMPLETE,
                    TASKS_GET,
                    TASKS_UPDATE,
                    TASKS_CANCEL,
                    TASKS_RESULT,
                    TASKS_LIST,
                    EXTENSION ->
                    false;
        };
    }

    /** Returns the method, {@link #EXTENSION} if no revision has it. */
    public static McpMethod of(String wireName) {
        return BY_NAME.getOrDefault(wireName, EXTENSION);
    }
}
