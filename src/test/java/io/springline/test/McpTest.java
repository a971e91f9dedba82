package io.springline.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a test method once per transport, with a connected {@link McpTestClient} as a parameter. The
 * class must start the application with a web server on plain HTTP, for example by
 * {@code @SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@TestTemplate
@ExtendWith(McpTestExtension.class)
public @interface McpTest {

    /** The transports; default: all. */
    McpTransport[] value() default {McpTransport.WEBSOCKET, McpTransport.HTTP};

    /** The path of the endpoint. */
    String path() default "/mcp";

    /**
     * The bearer token; default: none. Placeholders such as <code>${my.token}</code> are resolved.
     */
    String token() default "";
}
