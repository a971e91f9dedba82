package io.springline.relay.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.relay.client.CatalogueList;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What becomes of one entry of an upstream's list. JSON with single quotes. */
class CatalogueEntryTest {

    private final List<String> notes = new ArrayList<>();

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    private String mended(CatalogueList list, String entry) {
        JsonNode mended = CatalogueEntry.of(list, json(entry), 3, notes::add);
        return String.valueOf(mended).replace('"', '\'');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    TOOLS     | {'name':''}                                     | its name is empty
                    TOOLS     | {'name':'  '}                                   | its name is empty
                    TOOLS     | {'name':7}                                      | its name is not a string
                    TOOLS     | {'name':null}                                   | its name is missing
                    TOOLS     | {'title':'x'}                                   | its name is missing
                    TOOLS     | 'x'                                             | it is not an object
                    TOOLS     | null                                            | it is not an object
                    TOOLS     | []                                              | it is not an object
                    TOOLS     | {'name':'a','inputSchema':'x'}                  | inputSchema is not an object schema
                    TOOLS     | {'name':'a','inputSchema':[1]}                  | inputSchema is not an object schema
                    TOOLS     | {'name':'a','inputSchema':{'type':'string'}}    | inputSchema is not an object schema
                    TOOLS     | {'name':'a','inputSchema':{'type':7}}           | inputSchema is not an object schema
                    PROMPTS   | {'name':false}                                  | its name is not a string
                    PROMPTS   | {'name':''}                                     | its name is empty
                    RESOURCES | {'uri':'x:','name':''}                          | its name is empty
                    RESOURCES | {'uri':'x:'}                                    | its name is missing
                    RESOURCES | {'uri':{},'name':'a'}                           | its uri is not a string
                    RESOURCES | {'uri':'','name':'a'}                           | its uri is empty
                    TEMPLATES | {'name':'a'}                                    | its uriTemplate is missing
                    TEMPLATES | {'uriTemplate':'x:{a','name':'a'}               | malformed
                    TEMPLATES | {'uriTemplate':'x:{a}}','name':'a'}             | malformed
                    TEMPLATES | {'uriTemplate':'x:{}','name':'a'}               | malformed
                    TEMPLATES | {'uriTemplate':'x:{a,}','name':'a'}             | malformed
                    TEMPLATES | {'uriTemplate':'x:{a b}','name':'a'}            | malformed
                    """)
    void leavesOutWhatCannotBeMended(CatalogueList list, String entry, String reason) {
        assertThat(mended(list, entry)).isEqualTo("null");
        assertThat(notes).hasSize(1);
        assertThat(notes.getFirst()).startsWith(list.method() + ": entry 3").contains(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    TOOLS     | {'name':'a'}                                       | {'name':'a','inputSchema':{'type':'object'}}
                    TOOLS     | {'name':'a','inputSchema':null,'title':null}       | {'name':'a','inputSchema':{'type':'object'}}
                    TOOLS     | {'name':'a','inputSchema':[]}                      | {'name':'a','inputSchema':{'type':'object'}}
                    TOOLS     | {'name':'a','inputSchema':{}}                      | {'name':'a','inputSchema':{'type':'object'}}
                    TOOLS     | {'name':'a','inputSchema':{'type':['object','null']}}     | {'name':'a','inputSchema':{'type':'object'}}
                    TOOLS     | {'name':'a','inputSchema':{'type':'object','properties':[],'required':null}} | {'name':'a','inputSchema':{'type':'object'}}
                    TOOLS     | {'name':'a','inputSchema':{'type':'object','properties':{'p':null,'q':false}}} | {'name':'a','inputSchema':{'type':'object','properties':{'p':{},'q':{'not':{}}}}}
                    TOOLS     | {'name':'a','inputSchema':{'type':'object','properties':{'p':{'default':null}}}} | {'name':'a','inputSchema':{'type':'object','properties':{'p':{'default':null}}}}
                    TOOLS     | {'name':'a','annotations':{'title':null,'x-y':1},'inputSchema':{'type':'object'},'x-z':{'n':null}} | {'name':'a','annotations':{'x-y':1},'inputSchema':{'type':'object'},'x-z':{'n':null}}
                    PROMPTS   | {'name':'a','arguments':['x']}                     | {'name':'a','arguments':[{'name':'x'}]}
                    PROMPTS   | {'name':'a','arguments':[{'name':'x','required':null}]} | {'name':'a','arguments':[{'name':'x'}]}
                    PROMPTS   | {'name':'a','arguments':null,'description':null}   | {'name':'a'}
                    RESOURCES | {'uri':'x:','name':'a','annotations':{},'size':null} | {'uri':'x:','name':'a','annotations':{}}
                    TEMPLATES | {'uriTemplate':'x:{+a*,b:3}{?c-d}','name':'a'}     | {'uriTemplate':'x:{+a*,b:3}{?c-d}','name':'a'}
                    """)
    void mendsWithoutANote(CatalogueList list, String entry, String mended) {
        assertThat(mended(list, entry)).isEqualTo(mended);
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    TOOLS     | 'title':7                             | its title: that is not a string
                    TOOLS     | 'description':{'x':1}                 | its description: that is not a string
                    TOOLS     | 'annotations':'x'                     | its annotations: that is not an object
                    TOOLS     | 'annotations':{'readOnlyHint':'yes'}  | its annotations.readOnlyHint: that is not true or false
                    TOOLS     | 'execution':{'taskSupport':'maybe'}   | its execution.taskSupport: that is not one of
                    TOOLS     | 'outputSchema':'x'                    | its outputSchema: that is not an object
                    TOOLS     | 'icons':[{'sizes':['1x1']}]           | one of its icons: it has no src
                    TOOLS     | 'inputSchema':{'required':true}       | part of the required of its inputSchema
                    PROMPTS   | 'arguments':{'x':1}                   | its arguments: that is not an array
                    PROMPTS   | 'arguments':[7]                       | one of its arguments: it has no name
                    RESOURCES | 'mimeType':[1]                        | its mimeType: that is not a string
                    RESOURCES | 'size':'big'                          | its size: that is not an integer from 0
                    RESOURCES | 'annotations':{'priority':2}          | its annotations.priority: that is not a number from 0 to 1
                    RESOURCES | 'annotations':{'audience':['all']}    | its annotations.audience: that is not an array
                    RESOURCES | 'annotations':{'lastModified':'2025'} | its annotations.lastModified: that is not a date and time
                    """)
    void dropsAnOptionalMemberOfAWrongTypeAndSaysSo(
            CatalogueList list, String members, String note) {
        String mended =
                mended(list, "{'name':'a','uri':'x:','uriTemplate':'x:',%s}".formatted(members));
        assertThat(mended).startsWith("{'name':'a'");
        assertThat(notes).hasSize(1);
        assertThat(notes.getFirst()).contains(" is offered without " + note);
    }

    @Test
    void leavesOutANameThatIsTooLong() {
        assertThat(mended(CatalogueList.TOOLS, "{'name':'%s'}".formatted("x".repeat(129))))
                .isEqualTo("null");
        assertThat(notes.getFirst())
                .contains("its name is longer than 128 characters")
                .hasSizeLessThan(200);
    }

    @Test
    void showsNoControlCharactersOfAName() {
        mended(CatalogueList.RESOURCES, "{'uri':'a\\u001b[31m\\nb','name':''}");
        assertThat(notes.getFirst()).doesNotContain("\u001b", "\n").contains("[31m");
    }

    @Test
    void keepsWhatNoSchemaKnows() {
        String entry =
                "{'name':'a','inputSchema':{'type':'object','x-form':null},'x-unknown':[null,1.10]}";
        assertThat(mended(CatalogueList.TOOLS, entry)).contains("'x-unknown':[null,1.1");
    }
}
