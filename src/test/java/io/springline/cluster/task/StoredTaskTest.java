package io.springline.cluster.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.task.Task;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoredTaskTest {

    /** As a version wrote it that recorded neither the endpoint nor other names of the tool. */
    private static final String EARLIER =
            """
            {"id":"tk_1","principal":"anne","tool":"render","node":"a","created":1,"ttl":1000,"updated":1,
             "status":"WORKING","version":3,"open":{},"given":{},"asked":0}\
            """;

    @Test
    void readsATaskWithoutAnEndpoint() {
        Task task = StoredTask.read(EARLIER.getBytes(StandardCharsets.UTF_8));
        assertThat(task.tool().endpoint()).isNull();
        assertThat(task.tool().names()).isEqualTo(List.of("render"));
        assertThat(StoredTask.read(StoredTask.write(task))).isEqualTo(task);
    }
}
