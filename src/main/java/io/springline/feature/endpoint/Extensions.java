package io.springline.feature.endpoint;

import io.springline.feature.RemoteTask;
import io.springline.feature.RequestContext;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.session.Caller;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The MCP extensions that an endpoint offers, by identifier with their settings: the union of what
 * its sources offer. Thread-safe.
 */
public final class Extensions {

    /** Offers extensions that can change at run time. */
    @FunctionalInterface
    public interface Source {

        /**
         * Returns the extensions with their settings. Must not block.
         *
         * @param usable whether the caller may use anything of the endpoint of this name
         */
        ObjectNode offered(Predicate<String> usable);

        /** Returns true if a method that MCP itself does not define is served. Must not block. */
        default boolean serves(String method) {
            return false;
        }

        /**
         * Serves a method of an extension.
         *
         * @return the result; null if the source does not have what the params name
         */
        default @Nullable ObjectNode call(
                RequestContext context, String method, Predicate<String> usable)
                throws InterruptedException {
            return null;
        }

        /**
         * Returns the task of another server that this id stands for; null if it is not the id of
         * such a task of this caller. Must not block.
         */
        default @Nullable RemoteTask task(Caller caller, String id) {
            return null;
        }
    }

    private final List<Source> sources = new CopyOnWriteArrayList<>();

    /** Adds a source. If sources differ in a setting, the first one decides. */
    public void add(Source source) {
        sources.add(source);
    }

    /**
     * Returns the extensions that a caller may see.
     *
     * @param usable whether the caller may use anything of the endpoint of this name
     */
    public ObjectNode offered(Predicate<String> usable) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        sources.forEach(source -> merge(all, source.offered(usable)));
        return all;
    }

    /** Returns true if a method that MCP itself does not define is served. */
    public boolean serve(String method) {
        return sources.stream().anyMatch(source -> source.serves(method));
    }

    /**
     * Serves a method of an extension: by the first source that has what the params name.
     *
     * @param usable whether the caller may use anything of the endpoint of this name
     * @throws JsonRpcException if no source has it
     */
    public ObjectNode call(RequestContext context, String method, Predicate<String> usable)
            throws InterruptedException {
        for (Source source : sources) {
            ObjectNode result = source.serves(method) ? source.call(context, method, usable) : null;
            if (result != null) {
                return result;
            }
        }
        throw ErrorCode.INVALID_PARAMS.exception("Nothing here has what the params name");
    }

    /** Returns the task of another server that this id stands for; null if no source has it. */
    public @Nullable RemoteTask task(Caller caller, String id) {
        for (Source source : sources) {
            RemoteTask task = source.task(caller, id);
            if (task != null) {
                return task;
            }
        }
        return null;
    }

    /** Adds extensions to {@code all}. Arrays of settings are joined, of others the first stays. */
    public static void merge(ObjectNode all, ObjectNode added) {
        added.forEachEntry((id, settings) -> {
            if (!(all.get(id) instanceof ObjectNode known)) {
                all.set(id, settings.deepCopy());
            } else {
                settings.forEachEntry((name, setting) -> mergeSetting(known, name, setting));
            }
        });
    }

    private static void mergeSetting(ObjectNode known, String name, JsonNode setting) {
        if (!known.has(name)) {
            known.set(name, setting.deepCopy());
        } else if (known.get(name) instanceof ArrayNode joined && setting.isArray()) {
            setting.forEach(each -> {
                if (joined.valueStream().noneMatch(each::equals)) {
                    joined.add(each);
                }
            });
        }
    }
}
