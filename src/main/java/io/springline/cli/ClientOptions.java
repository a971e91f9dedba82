package io.springline.cli;

import io.springline.client.McpWebSocketClient;
import picocli.CommandLine.Option;

/** The options of the commands that are clients of the server, which can choose the encoding. */
final class ClientOptions extends ServerOptions {

    @Option(names = "--binary", description = "use CBOR if the server supports it")
    private boolean binary;

    @Option(names = "--compress", description = "compress messages if the server supports it")
    private boolean compress;

    @Override
    McpWebSocketClient.Builder client() {
        return super.client().binary(binary).compression(compress);
    }
}
