package io.springline.cli;

/** Ends a command with an exit code. The message is printed to standard error. */
final class Failure extends Exception {

    private static final long serialVersionUID = 1L;

    static final String EXIT_CODES =
            "Exit codes: 0 done; 1 the server cannot be used (not reached, access refused, or connection"
                    + " lost); 2 wrong usage; 3 the server responded with an error; 4 the tool reported"
                    + " an error; 5 no response in time.";

    /** The server cannot be reached, has refused access, or the connection was lost. */
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
