package io.springline.jsonrpc;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.SerializedString;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object that is part of many messages, such as an entry of a list. It must not be modified.
 * It keeps its JSON text, and the objects that were derived from it, so that each is made once.
 * Thread-safe.
 */
public final class SharedObject extends ObjectNode {

    private static final long serialVersionUID = 1L;

    private final transient Map<Object, SharedObject> derived = new ConcurrentHashMap<>(1);
    private transient volatile @Nullable SerializableString json;

    private SharedObject(Map<String, JsonNode> members) {
        super(JsonNodeFactory.instance, members);
    }

    /** Returns a copy of the object, or the object itself if it is shared already. */
    public static SharedObject of(ObjectNode object) {
        if (object instanceof SharedObject shared) {
            return shared;
        }
        var members = new LinkedHashMap<String, JsonNode>();
        object.forEachEntry(members::put);
        return new SharedObject(members);
    }

    /**
     * Returns the object changed, from the second call with an equal key on the same one.
     *
     * @param key stands for what {@code change} does. There are few keys
     * @param change returns a changed copy
     */
    public SharedObject derived(Object key, UnaryOperator<ObjectNode> change) {
        SharedObject known = derived.get(key);
        return known != null
                ? known
                : derived.computeIfAbsent(key, ignored -> of(change.apply(this)));
    }

    /**
     * Returns the JSON text.
     *
     * @param write writes it if it is not known yet
     */
    public SerializableString json(Function<ObjectNode, String> write) {
        SerializableString known = json;
        if (known == null) {
            known = new SerializedString(write.apply(this));
            json = known;
        }
        return known;
    }
}
