package io.springline.config;

import java.util.List;

/** Renames for tests of other packages: production code may have none. */
public final class SampleRenames {

    private SampleRenames() {}

    /** Returns one rename, accepted until version 9.1.0. */
    public static RenamedProperties of(String oldName, String newName) {
        return new RenamedProperties(List.of(new RenamedProperty(oldName, newName, "9.1.0")));
    }
}
