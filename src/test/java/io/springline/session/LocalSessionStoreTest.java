package io.springline.session;

class LocalSessionStoreTest extends SessionStoreContract {

    private final LocalSessionStore memory = new LocalSessionStore();

    @Override
    protected SessionStore another() {
        return memory.another();
    }
}
