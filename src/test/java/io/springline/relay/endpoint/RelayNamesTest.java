package io.springline.relay.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.relay.UnconnectedUpstream;
import io.springline.relay.endpoint.RelayNames.Offered;
import io.springline.relay.upstream.Upstream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RelayNamesTest {

    private final Upstream docs = UnconnectedUpstream.named("docs");
    private final Upstream code = UnconnectedUpstream.named("code");

    private static Offered<String> offer(Upstream upstream, String name) {
        return new Offered<>(upstream, name, upstream.name() + "." + name);
    }

    private static List<String> names(Set<String> local, List<Offered<String>> offers) {
        return RelayNames.of(local, offers).named().stream()
                .map(each -> each.name() + "=" + each.feature())
                .toList();
    }

    @Test
    void aNameThatOnlyOneHasStaysAsItIs() {
        assertThat(names(Set.of(), List.of(offer(docs, "read"), offer(code, "grep"))))
                .containsExactly("read=docs.read", "grep=code.grep");
    }

    @Test
    void keepsANameThatARuleGivesIfAnotherUpstreamHasIt() {
        var find = new Offered<>(docs, "find", "search", "docs.search");
        for (var offers :
                List.of(List.of(find, offer(code, "find")), List.of(offer(code, "find"), find))) {
            assertThat(names(Set.of(), offers))
                    .containsExactlyInAnyOrder("find=docs.search", "code_find=code.find");
        }
        assertThat(names(Set.of("find"), List.of(find)))
                .as("a feature of this service")
                .containsExactly("docs_find=docs.search");
    }

    @Test
    void whereTwoCollideBothGetTheirUpstreamsNameWhoeverIsFirst() {
        assertThat(names(Set.of(), List.of(offer(docs, "search"), offer(code, "search"))))
                .containsExactly("docs_search=docs.search", "code_search=code.search");
        assertThat(names(Set.of(), List.of(offer(code, "search"), offer(docs, "search"))))
                .containsExactlyInAnyOrder("docs_search=docs.search", "code_search=code.search");
    }

    /** Otherwise calls of {@code code_search}, and rules about it, would reach the wrong server. */
    @Test
    void noOneTakesThePrefixedNameOfAnother() {
        for (boolean docsFirst : new boolean[] {true, false}) {
            List<Offered<String>> ofDocs =
                    List.of(offer(docs, "search"), offer(docs, "code_search"));
            List<Offered<String>> ofCode = List.of(offer(code, "search"));
            var offers = new ArrayList<>(docsFirst ? ofDocs : ofCode);
            offers.addAll(docsFirst ? ofCode : ofDocs);
            assertThat(names(Set.of(), offers))
                    .containsExactlyInAnyOrder(
                            "docs_search=docs.search",
                            "docs_code_search=docs.code_search",
                            "code_search=code.search");
        }
        assertThat(names(Set.of(), List.of(offer(docs, "code_search"), offer(code, "search"))))
                .as("no name has a prefix")
                .containsExactly("code_search=docs.code_search", "search=code.search");
    }

    @Test
    void aLocalNameIsNeverTaken() {
        assertThat(names(Set.of("echo"), List.of(offer(docs, "echo"))))
                .containsExactly("docs_echo=docs.echo");
    }

    @Test
    void whatIsTakenEvenThenIsLeftOutAndSaidSo() {
        var naming = RelayNames.of(Set.of("echo", "docs_echo"), List.of(offer(docs, "echo")));
        assertThat(naming.named()).isEmpty();
        assertThat(naming.leftOut()).containsExactly(offer(docs, "echo"));
    }
}
