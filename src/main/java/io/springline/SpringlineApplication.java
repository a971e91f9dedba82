package io.springline;

import io.springline.client.BridgeCommand;
import java.util.Arrays;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;

/**
 * The Model Context Protocol over WebSocket: the service, or with {@code bridge} a client of it.
 */
@SpringBootApplication(exclude = UserDetailsServiceAutoConfiguration.class)
public class SpringlineApplication {

    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals("bridge")) {
            System.exit(BridgeCommand.run(Arrays.copyOfRange(args, 1, args.length)));
        }
        SpringApplication.run(SpringlineApplication.class, args);
    }
}
