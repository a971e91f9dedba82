package io.springline;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

/** The rooms depend on each other only in the directions that their doors declare. */
class RoomsTest {

    @Test
    void roomsKeepToTheirDeclaredDirections() {
        ApplicationModules.of(SpringlineApplication.class).verify();
    }
}
