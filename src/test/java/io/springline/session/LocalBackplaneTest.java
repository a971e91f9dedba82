package io.springline.session;

import java.util.List;

class LocalBackplaneTest extends BackplaneContract {

    @Override
    protected List<Backplane> nodes() {
        return List.of(new LocalBackplane());
    }
}
