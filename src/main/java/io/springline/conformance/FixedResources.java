package io.springline.conformance;

import io.springline.feature.FeatureSource;
import io.springline.feature.Resource;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.result.ResourceOutcome;
import io.springline.feature.result.ResourceResult;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;

/** Resources: a text, an image, a resource for subscriptions, and a template for JSON documents. */
final class FixedResources implements FeatureSource {

    @Override
    public List<Resource> resources() {
        return List.of(
                text(
                        "test://static-text",
                        "static-text",
                        "A text that never changes",
                        "This is the content of the static text resource."),
                Resource.of(
                        "test://static-binary",
                        "static-binary",
                        "A picture that never changes",
                        "image/png",
                        (context, uri, variables) ->
                                ResourceResult.blob(uri, "image/png", Samples.png())),
                text(
                        "test://watched-resource",
                        "watched-resource",
                        "A text to subscribe to",
                        "Watched resource content"));
    }

    @Override
    public List<ResourceTemplate> resourceTemplates() {
        return List.of(
                ResourceTemplate.of(
                        "test://template/{id}/data",
                        "template-data",
                        "A JSON document for each id",
                        "application/json",
                        (context, uri, variables) -> document(uri, variables)));
    }

    private static Resource text(String uri, String name, String description, String text) {
        return Resource.of(
                uri,
                name,
                description,
                "text/plain",
                (context, asked, variables) -> ResourceResult.text(asked, "text/plain", text));
    }

    private static ResourceOutcome document(String uri, Map<String, String> variables) {
        String id = variables.getOrDefault("id", "");
        String json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", id)
                        .put("templateTest", true)
                        .put("data", "Data for ID: " + id)
                        .toString();
        return ResourceResult.text(uri, "application/json", json);
    }
}
