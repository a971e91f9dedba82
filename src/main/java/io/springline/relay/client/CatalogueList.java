package io.springline.relay.client;

import io.springline.mcp.Topic;

/** A list that an upstream may offer. */
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

    /** The member of the server's capabilities that announces the list. */
    public String capability() {
        return capability;
    }

    /** The request that reads one page. */
    public String method() {
        return method;
    }

    /** The member of the result that holds the entries. */
    public String member() {
        return member;
    }

    /** Returns true if entries go by names, which may be changed; the others go by URIs. */
    public boolean isNamed() {
        return key.equals("name");
    }

    /** What clients are told when it has changed. */
    public Topic topic() {
        return switch (this) {
            case TOOLS -> new Topic.ToolsChanged();
            case PROMPTS -> new Topic.PromptsChanged();
            case RESOURCES, TEMPLATES -> new Topic.ResourcesChanged();
        };
    }

    /** The member that identifies an entry within the list. */
    public String key() {
        return key;
    }
}
