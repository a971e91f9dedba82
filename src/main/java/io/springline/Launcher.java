package io.springline;

import java.lang.reflect.InvocationTargetException;

/**
 * Where {@code java -jar springline.jar} begins. Compiled for Java 8, so that an older Java prints
 * one sentence in place of an UnsupportedClassVersionError.
 */
public final class Launcher {

    private static final int REQUIRED = 25;

    private Launcher() {}

    public static void main(String[] args) throws Throwable {
        String version = System.getProperty("java.specification.version");
        if (release(version) < REQUIRED) {
            System.err.println(
                    "Springline needs Java "
                            + REQUIRED
                            + " or newer, and this is Java "
                            + version
                            + " in "
                            + System.getProperty("java.home")
                            + ": start it with another java, or by the script springline, which looks for one.");
            System.exit(1);
        }
        try {
            Class.forName("io.springline.SpringlineApplication")
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** The 8 of {@code 1.8}, the 17 of {@code 17}. */
    static int release(String specification) {
        return Integer.parseInt(specification.replaceFirst("^1\\.", ""));
    }
}
