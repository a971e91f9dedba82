package io.springline.relay.consent;

import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** Keeps records as encrypted JSON. Thread-safe. */
record EncryptedStore(ConsentStore store, ConsentCipher cipher) {

    boolean put(String group, String key, Object value, Duration lifetime, int max) {
        return store.put(group, key, encrypted(group, key, value), lifetime, max);
    }

    /**
     * Stores a value, and returns true. Stores nothing if the group is full, or if a value exists
     * that can be decrypted.
     */
    boolean putIfAbsent(String group, String key, Object value, Duration lifetime, int max) {
        String encrypted = encrypted(group, key, value);
        return store.putIfAbsent(group, key, encrypted, lifetime, max)
                || store.get(group, key)
                        .filter(kept -> cipher.decrypt(place(group, key), kept).isEmpty())
                        .filter(kept -> store.replace(group, key, kept, encrypted, lifetime))
                        .isPresent();
    }

    /**
     * Replaces a value if it is equal to the expected one, in one step.
     *
     * @return false if another value or none is kept
     */
    boolean replace(String group, String key, Object expected, Object value, Duration lifetime) {
        return kept(group, key, expected)
                .filter(kept ->
                        store.replace(group, key, kept, encrypted(group, key, value), lifetime))
                .isPresent();
    }

    /**
     * Removes a value if it is equal to the expected one, in one step.
     *
     * @return false if another value or none is kept
     */
    boolean remove(String group, String key, Object expected) {
        return kept(group, key, expected)
                .filter(kept -> store.remove(group, key, kept))
                .isPresent();
    }

    /** Returns the encrypted form of a value, which is another one each time. */
    private Optional<String> kept(String group, String key, Object expected) {
        return store.get(group, key)
                .filter(each ->
                        decrypted(group, key, each, expected.getClass())
                                .filter(expected::equals)
                                .isPresent());
    }

    /**
     * Returns a value; empty if it is missing, or was encrypted with a key that is not configured.
     */
    <T> Optional<T> get(String group, String key, Class<T> type) {
        return store.get(group, key).flatMap(each -> decrypted(group, key, each, type));
    }

    /** Returns and removes a value. */
    <T> Optional<T> take(String group, String key, Class<T> type) {
        return store.take(group, key).flatMap(each -> decrypted(group, key, each, type));
    }

    private String encrypted(String group, String key, Object value) {
        return cipher.encrypt(place(group, key), JsonMapper.shared().writeValueAsString(value));
    }

    private <T> Optional<T> decrypted(String group, String key, String value, Class<T> type) {
        return cipher.decrypt(place(group, key), value)
                .map(json -> JsonMapper.shared().readValue(json, type));
    }

    private static String place(String group, String key) {
        return group + "\n" + key;
    }
}
