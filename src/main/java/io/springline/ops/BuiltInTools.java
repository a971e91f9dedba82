package io.springline.ops;

import io.springline.feature.FeatureSource;
import io.springline.feature.Tool;
import io.springline.feature.ToolResult;
import java.util.List;

/** The tools that are there before anybody has written one. */
final class BuiltInTools implements FeatureSource {

    @Override
    public List<Tool> tools() {
        return List.of(echo());
    }

    private static Tool echo() {
        return Tool.named("echo")
                .title("Echo")
                .description("Returns the message it is given")
                .inputSchema(
                        """
                        {"type":"object",
                         "properties":{"message":{"type":"string","description":"What to return"}},
                         "required":["message"]}\
                        """)
                .readOnly()
                .idempotent()
                .handler((_, arguments) ->
                        ToolResult.text("Echo: " + arguments.get("message").stringValue()));
    }
}
