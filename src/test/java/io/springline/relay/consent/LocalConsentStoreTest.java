package io.springline.relay.consent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class LocalConsentStoreTest extends ConsentStoreContract {

    private static final Duration LONG = Duration.ofDays(90);
    private static final String SECRET = "a-secret-of-at-least-32-characters";

    private final ConsentStore memory = new LocalConsentStore(null, Clock.systemUTC());

    @Override
    protected ConsentStore another() {
        return memory;
    }

    private static EncryptedStore inFile(Path file, String... secrets) {
        return new EncryptedStore(
                new LocalConsentStore(file, Clock.systemUTC()),
                new ConsentCipher(List.of(secrets)));
    }

    @Test
    void keepsTokensEncryptedInAFileOverARestart(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("consents.json");
        EncryptedStore store = inFile(file, SECRET);
        store.put("grant:files", "alice", "token-of-alice", LONG, 10);
        store.put("link:files", "alice", "soon gone", Duration.ofMinutes(1), 10);
        assertThat(Files.readString(file)).doesNotContain("token-of-alice").doesNotContain("link");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(inFile(file, SECRET).get("grant:files", "alice", String.class))
                .hasValue("token-of-alice");
        inFile(file, SECRET).take("grant:files", "alice", String.class);
        assertThat(inFile(file, SECRET).get("grant:files", "alice", String.class)).isEmpty();
    }

    @Test
    void readsWithAnOlderKeyBehindTheNewOne(@TempDir Path folder) {
        Path file = folder.resolve("consents.json");
        String next = "another-secret-of-at-least-32-characters";
        inFile(file, SECRET).put("grant:files", "alice", "token", LONG, 10);
        assertThat(inFile(file, next, SECRET).get("grant:files", "alice", String.class))
                .hasValue("token");
        assertThat(inFile(file, next).get("grant:files", "alice", String.class)).isEmpty();
    }

    @Test
    void doesNotDecryptAValueAtAnotherPlace() {
        var cipher = new ConsentCipher(List.of(SECRET));
        String value = cipher.encrypt("alice", "token");
        assertThat(cipher.decrypt("alice", value)).hasValue("token");
        assertThat(cipher.decrypt("bob", value)).isEmpty();
        assertThat(cipher.decrypt("alice", value.substring(4))).isEmpty();
        assertThat(cipher.decrypt("alice", "?")).isEmpty();
    }

    @Test
    void writesNoGroupWithoutValues(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("consents.json");
        var store = new LocalConsentStore(file, Clock.systemUTC());
        store.get("grant:gone", "alice");
        store.put("link:files", "alice", "not for the file", Duration.ofMinutes(1), 10);
        store.put("grant:files", "alice", "token", LONG, 10);
        assertThat(JsonMapper.shared().readTree(Files.readString(file)).propertyNames())
                .containsExactly("grant:files");
    }

    @Test
    void refusesAFileThatCannotBeRead(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("consents.json"), "{");
        assertThatThrownBy(() -> new LocalConsentStore(file, Clock.systemUTC()))
                .hasMessageContaining("springline.consent.file");
    }

    @Test
    void needsKeysForAFile() {
        assertThatThrownBy(() ->
                        new ConsentProperties(List.of(), Path.of("f"), Duration.ofMinutes(1), LONG))
                .hasMessageContaining("springline.consent.keys");
        assertThatThrownBy(() ->
                        new ConsentProperties(List.of("short"), null, Duration.ofMinutes(1), LONG))
                .hasMessageContaining("at least 32 characters");
    }

    @Test
    void keepsAValueIfItCannotBeRemovedFromTheFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("consents.json");
        var store = new LocalConsentStore(file, Clock.systemUTC());
        store.put("grant:files", "alice", "token", LONG, 10);
        // the file cannot be written
        Files.createDirectories(folder.resolve("consents.json.next/x"));
        assertThatThrownBy(() -> store.take("grant:files", "alice"))
                .isInstanceOf(ConsentStore.UnavailableException.class);
        assertThat(store.get("grant:files", "alice")).hasValue("token");
    }
}
