package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.test.McpTest;
import io.springline.test.McpTestClient;
import java.util.Map;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class ShopTest {

    @McpTest
    void namesThePrice(McpTestClient mcp) {
        assertThat(mcp.callTool("price", Map.of("article", "tea")).text())
                .isEqualTo("tea costs 3");
    }
}
