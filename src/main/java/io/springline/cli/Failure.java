package io.springline.cli;

/** Ends a command with a message that says what to do next. */
final class Failure extends Exception {

    private static final long serialVersionUID = 1L;

    static final String EXIT_CODES =
            "Exit codes: 0 done; 1 the server cannot be used (not reached, access refused, or connection"
                    + " lost for good); 2 wrong usage; 3 the server answered with an error; 4 the tool"
                    + " reported an error; 5 no answer in time.";

    /** Not reached, refused, or lost for good. */
    static final int UNUSABLE = 1;

    static final int ERROR = 3;
    static final int TOOL_ERROR = 4;
    static final int TIMEOUT = 5;

    private final int exitCode;

    Failure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
