package io.springline.relay.client;

import io.springline.mcp.Topic;

/** A list that an upstream may provide. */
public enum CatalogueList {
    TOOLS("tools", "tools/list", "tools", "name"),
    PROMPTS("prompts", "prompts/list", "prompts", "name"),
    RESOURCES("resources", "resources/list", "resources", "uri"),
    TEMPLATES("resources", "resources/templates/list", "resourceTemplates", "uriTemplate");

    private final String capability;
    private final String method;
    private final String member;
    private final String key;

    CatalogueList(String capability, String method, String member, String key) {
        this.capability = capability;
        this.method = method;
        this.member = member;
        this.key = key;
    }

    /** Returns the name of the server capability that announces the list. */
    public String capability() {
        return capability;
    }

    /** Returns the method that reads one page. */
    public String method() {
        return method;
    }

    /** Returns the result member that contains the entries. */
    public String member() {
        return member;
    }

    /**
     * Returns true if entries are identified by names, which the relay may change; others are
     * identified by URIs.
     */
    public boolean isNamed() {
        return key.equals("name");
    }

    /** Returns the topic of the change notification to clients. */
    public Topic topic() {
        return switch (this) {
            case TOOLS -> new Topic.ToolsChanged();
            case PROMPTS -> new Topic.PromptsChanged();
            case RESOURCES, TEMPLATES -> new Topic.ResourcesChanged();
        };
    }

    /** Returns the entry member that identifies an entry within the list. */
    public String key() {
        return key;
    }
}
