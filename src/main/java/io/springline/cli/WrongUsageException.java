package io.springline.cli;

/** The arguments of a command cannot be used. The message is for the user. */
final class WrongUsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    static final int EXIT_CODE = 2;

    WrongUsageException(String message) {
        super(message);
    }
}
