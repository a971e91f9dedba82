package io.springline.test;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.springframework.core.env.Environment;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/** Connects the client of a {@link McpTest}, and closes it after the method. */
final class McpTestExtension implements TestTemplateInvocationContextProvider {

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return context.getRequiredTestMethod().isAnnotationPresent(McpTest.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
            ExtensionContext context) {
        McpTest test = context.getRequiredTestMethod().getAnnotation(McpTest.class);
        return Arrays.stream(test.value()).map(transport -> new Invocation(test, transport));
    }

    private record Invocation(McpTest test, McpTransport transport)
            implements TestTemplateInvocationContext {

        @Override
        public String getDisplayName(int index) {
            return transport.name();
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(new Client(test, transport));
        }
    }

    private static final class Client implements ParameterResolver, AfterEachCallback {

        private final McpTest test;
        private final McpTransport transport;
        private @Nullable McpTestClient client;

        Client(McpTest test, McpTransport transport) {
            this.test = test;
            this.transport = transport;
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == McpTestClient.class;
        }

        @Override
        public McpTestClient resolveParameter(
                ParameterContext parameter, ExtensionContext context) {
            if (client == null) {
                client = connect(SpringExtension.getApplicationContext(context).getEnvironment());
            }
            return client;
        }

        private McpTestClient connect(Environment application) {
            String port = application.getProperty("local.server.port");
            if (port == null) {
                throw new IllegalStateException(
                        "The application has no web server: add @SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT) to the test class.");
            }
            String address = "//localhost:" + port + test.path();
            String token = application.resolveRequiredPlaceholders(test.token());
            return switch (transport) {
                case WEBSOCKET -> McpTestClient.webSocket(URI.create("ws:" + address), token);
                case HTTP -> McpTestClient.http(URI.create("http:" + address), token);
            };
        }

        @Override
        public void afterEach(ExtensionContext context) {
            if (client != null) {
                client.close();
            }
        }
    }
}
