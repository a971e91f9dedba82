package io.springline.relay.consent;

import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** Keeps records as encrypted JSON. Thread-safe. */
record EncryptedStore(ConsentStore store, ConsentCipher cipher) {

    boolean put(String group, String key, Object value, Duration lifetime, int max) {
        return store.put(group, key, encrypted(group, key, value), lifetime, max);
    }

    boolean putIfAbsent(String group, String key, Object value, Duration lifetime, int max) {
        return store.putIfAbsent(group, key, encrypted(group, key, value), lifetime, max);
    }

    /** Returns a value; empty if there is none, or if it was encrypted with another key. */
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
