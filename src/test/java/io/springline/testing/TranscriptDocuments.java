package io.springline.testing;

import static io.springline.testing.TranscriptFixture.NAME_FORM;
import static io.springline.testing.TranscriptFixture.fail;
import static io.springline.testing.TranscriptFixture.name;
import static io.springline.testing.TranscriptFixture.object;

import io.springline.feature.Completion;
import io.springline.feature.Completion.Reference;
import io.springline.feature.Completion.Suggestions;
import io.springline.feature.FeatureSource;
import io.springline.feature.Prompt;
import io.springline.feature.Resource;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.result.Content;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.PromptResult;
import io.springline.feature.result.ResourceResult;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** The resources, prompts and completions of the transcripts. */
final class TranscriptDocuments implements FeatureSource {

    @Override
    public List<Resource> resources() {
        return List.of(
                new Resource(
                        object(
                                """
                                {"uri":"note://1","name":"first","title":"The first note",
                                 "description":"A note","mimeType":"text/plain","size":2,
                                 "icons":[{"src":"data:image/png;base64,AA=="}],
                                 "annotations":{"audience":["user"],"priority":0.5,
                                  "lastModified":"2026-01-01T00:00:00Z"},
                                 "_meta":{"com.example/kept":true}}\
                                """),
                        (_, _, _) ->
                                new ResourceResult(
                                        object(
                                                """
                                                {"contents":[{"uri":"note://1","mimeType":"text/plain",
                                                 "text":"hi","_meta":{"com.example/kept":true}}]}\
                                                """))),
                Resource.of(
                        "note://logo",
                        "logo",
                        "A picture",
                        "image/png",
                        (_, uri, _) -> ResourceResult.blob(uri, "image/png", new byte[] {1, 2, 3})),
                Resource.of(
                        "note://mine",
                        "mine",
                        "A note that asks who reads it",
                        "text/plain",
                        (context, uri, _) -> {
                            JsonNode who = context.answers().get("who");
                            return who == null
                                    ? InputRequired.of(
                                            "who", InputRequest.elicitation("Name?", NAME_FORM))
                                    : ResourceResult.text(uri, "text/plain", "For " + name(who));
                        }),
                Resource.of(
                        "note://failing", "failing", "Throws", "text/plain", (_, _, _) -> fail()));
    }

    @Override
    public List<ResourceTemplate> resourceTemplates() {
        return List.of(
                new ResourceTemplate(
                        object(
                                """
                                {"uriTemplate":"note://{id}","name":"notes","title":"Notes",
                                 "description":"Notes by number","mimeType":"text/plain",
                                 "icons":[{"src":"data:image/png;base64,AA=="}],
                                 "_meta":{"com.example/kept":true}}\
                                """),
                        (_, uri, variables) ->
                                variables.getOrDefault("id", "").equals("404")
                                        ? null
                                        : ResourceResult.text(
                                                uri, "text/plain", "Note " + variables.get("id"))),
                ResourceTemplate.of(
                        "book://{title}/{+page}",
                        "books",
                        "Pages of books",
                        "text/plain",
                        (_, uri, variables) ->
                                ResourceResult.text(uri, "text/plain", variables.toString())),
                ResourceTemplate.of(
                        "city://{name}",
                        "cities",
                        "Cities",
                        "text/plain",
                        (_, uri, _) -> ResourceResult.text(uri, "text/plain", "A city")));
    }

    @Override
    public List<Prompt> prompts() {
        return List.of(
                new Prompt(
                        object(
                                """
                                {"name":"greet","title":"Greeting","description":"Greets",
                                 "icons":[{"src":"data:image/png;base64,AA=="}],
                                 "arguments":[
                                  {"name":"name","title":"Name","description":"Whom","required":true},
                                  {"name":"tone","description":"How"}],
                                 "_meta":{"com.example/kept":true}}\
                                """),
                        (_, arguments) ->
                                PromptResult.described("A greeting")
                                        .user(
                                                Content.text(
                                                        "Greet %s, %s"
                                                                .formatted(
                                                                        arguments.get("name"),
                                                                        arguments.getOrDefault(
                                                                                "tone",
                                                                                "kindly"))))),
                Prompt.named("media")
                        .description("A sound and a link")
                        .handler((_, _) ->
                                PromptResult.described(null)
                                        .user(Content.audio(new byte[] {1}, "audio/wav"))
                                        .assistant(
                                                Content.resourceLink(
                                                        "note://1", "first", "text/plain"))),
                Prompt.named("asking")
                        .description("Asks for a name")
                        .handler((context, _) -> {
                            JsonNode who = context.answers().get("who");
                            return who == null
                                    ? InputRequired.of(
                                            "who", InputRequest.elicitation("Name?", NAME_FORM))
                                    : PromptResult.described(null)
                                            .user(Content.text("I am " + name(who)));
                        }),
                Prompt.named("failing").description("Throws").handler((_, _) -> fail()));
    }

    @Override
    public List<Completion> completions() {
        return List.of(
                new Completion(
                        new Reference.ToPrompt("greet"),
                        (_, argument, value, resolved) ->
                                switch (argument) {
                                    case "name" -> starting(value, "Ada", "Alan", "Grace");
                                    case "tone" ->
                                            Suggestions.of(List.of("as " + resolved.get("name")));
                                    default -> Suggestions.NONE;
                                }),
                new Completion(
                        new Reference.ToResource("note://{id}"),
                        (_, _, _, _) ->
                                Suggestions.of(
                                        IntStream.range(0, 150)
                                                .mapToObj(Integer::toString)
                                                .toList())));
    }

    private static Suggestions starting(String prefix, String... all) {
        return Suggestions.of(List.of(all).stream().filter(s -> s.startsWith(prefix)).toList());
    }
}
