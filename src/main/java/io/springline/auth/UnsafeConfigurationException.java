package io.springline.auth;

/** The service was told to start in a way that lets in who should not. */
final class UnsafeConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    /**
     * @param action what to do about it
     */
    UnsafeConfigurationException(String message, String action) {
        super(message);
        this.action = action;
    }

    String action() {
        return action;
    }
}
