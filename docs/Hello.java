// A client for a running server in plain Java, 11 or newer: java docs/Hello.java
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

class Hello {

    public static void main(String[] args) {
        CompletableFuture<CharSequence> answer = new CompletableFuture<>();
        WebSocket.Listener listener =
                new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
                        answer.complete(text.toString());
                        return null;
                    }
                };
        URI server = URI.create("ws://127.0.0.1:8080/mcp");
        WebSocket socket =
                HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .subprotocols("mcp")
                        .buildAsync(server, listener)
                        .join();
        socket.sendText("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", true).join();
        System.out.println(answer.join());
        socket.abort();
    }
}
