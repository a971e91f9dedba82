package io.springline.bench;

import io.springline.testing.RunningJar;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The servers, each in a JVM of its own with the same options. */
enum Server {
    NETTY_ECHO("/mcp", "", Duration.ZERO) {
        @Override
        List<String> command(int port) {
            return testClass(NettyEcho.class, Integer.toString(port));
        }
    },
    SPRING_ECHO("/mcp", "/", Duration.ZERO) {
        @Override
        List<String> command(int port) {
            return testClass(
                    SpringEcho.class,
                    "--server.port=" + port,
                    "--server.address=127.0.0.1",
                    "--spring.threads.virtual.enabled=true",
                    "--spring.main.banner-mode=off");
        }
    },
    QUARKUS("/mcp/ws", "/", QuarkusBuild.PAUSE) {
        @Override
        List<String> command(int port) throws IOException {
            return List.of("-Dquarkus.http.port=" + port, "-jar", QuarkusBuild.jar().toString());
        }
    },
    /** HTTP only. */
    JAVA_SDK("/mcp", "/", Duration.ZERO) {
        @Override
        List<String> command(int port) {
            return testClass(JavaSdkEcho.class, Integer.toString(port));
        }
    },
    /** All of its defaults, but for numbers that the load would run into; none is switched off. */
    SPRINGLINE("/mcp", "/actuator/health/readiness", Duration.ZERO) {
        @Override
        List<String> command(int port) {
            return springline(port);
        }
    };

    /** Of the endpoint. */
    final String path;

    /** Answers as soon as the server is ready; empty if it is ready when it listens. */
    final String readiness;

    /** Between the upgrade and the first message. */
    final Duration pause;

    Server(String path, String readiness, Duration pause) {
        this.path = path;
        this.readiness = readiness;
        this.pause = pause;
    }

    /**
     * The end of the command line, behind the JVM's options.
     *
     * @throws IOException if the server cannot be had
     */
    abstract List<String> command(int port) throws IOException;

    static List<String> springline(int port) {
        return List.of(
                "-jar",
                RunningJar.jar(),
                "--server.port=" + port,
                "--springline.requests.rate=1000000/s",
                "--springline.websocket.connection-rate-per-address=1000000/s",
                "--springline.websocket.max-connections=25000",
                "--springline.http.max-sessions-per-address=10000");
    }

    static List<String> testClass(Class<?> main, String... arguments) {
        return testClass(List.of(), main, arguments);
    }

    /** A main class of this module's tests. */
    static List<String> testClass(List<String> options, Class<?> main, String... arguments) {
        String classPath =
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"));
        var command = new ArrayList<>(options);
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    static Path java(String tool) {
        return Path.of(System.getProperty("java.home"), "bin", tool);
    }
}
