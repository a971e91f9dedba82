package io.springline.testing;

import io.springline.feature.FeatureSource;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.endpoint.Prompts;
import io.springline.feature.endpoint.Resources;
import io.springline.feature.endpoint.Tools;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The features that the transcripts speak of, in the order that they list them. */
public class TranscriptFixture {

    static final ObjectNode NAME_FORM =
            object(
                    """
                    {"type":"object","properties":{"name":{"type":"string","default":"you"}},
                     "required":["name"]}\
                    """);

    @Bean
    TranscriptGates gates() {
        return new TranscriptGates();
    }

    @Bean
    @Order(1)
    FeatureSource transcriptTools(
            Tools tools, Resources resources, Prompts prompts, TranscriptGates gates) {
        return new TranscriptTools(tools, resources, prompts, gates);
    }

    @Bean
    @Order(2)
    FeatureSource transcriptQuestions() {
        return new TranscriptQuestions();
    }

    @Bean
    @Order(3)
    FeatureSource transcriptDocuments() {
        return new TranscriptDocuments();
    }

    /** What the user has answered to {@link #NAME_FORM}. */
    static String name(JsonNode answer) {
        return answer.at("/content/name").asString("");
    }

    /** What no client may be told of. */
    static <T> T fail() {
        throw new IllegalStateException("password=s3cret in io.springline.Hidden");
    }

    static Tool tool(String name, String description, ToolHandler handler) {
        return Tool.named(name).description(description).handler(handler);
    }

    static ObjectNode object(String json) {
        return (ObjectNode) JsonPattern.JSON.readTree(json);
    }
}
