package io.springline.relay;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A stdio server whose tool {@code variable} answers with its variable {@code USER_TOKEN}. */
final class EnvironmentServer {

    private EnvironmentServer() {}

    public static void main(String[] args) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode message = JsonMapper.shared().readTree(line);
            if (!message.has("id")) {
                continue;
            }
            String answer =
                    switch (message.path("method").asString("")) {
                        case "initialize" ->
                                "'result':{'protocolVersion':'2025-11-25','capabilities':{'tools':{}},'serverInfo':{'name':'e','version':'1'}}";
                        case "tools/list" ->
                                "'result':{'tools':[{'name':'variable','inputSchema':{'type':'object'}}]}";
                        case "tools/call" ->
                                "'result':{'content':[{'type':'text','text':'%s'}]}"
                                        .formatted(System.getenv("USER_TOKEN"));
                        default -> "'error':{'code':-32601,'message':'Method not found'}";
                    };
            System.out.println(
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,%s}"
                            .formatted(message.get("id"), answer.replace('\'', '"')));
            System.out.flush();
        }
    }
}
