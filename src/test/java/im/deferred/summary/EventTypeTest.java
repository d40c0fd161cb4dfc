package im.deferred.summary;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTypeTest {

    @ParameterizedTest
    @CsvSource({
        "message-summary, message-summary,",
        "' message-summary ', message-summary,",
        "message-summary;id=7, message-summary, 7",
        "message-summary ; x=\"y\" ; ID = a.b ; z, message-summary, a.b",
        "message-summary;identity=7, message-summary,",
        "presence.winfo, presence.winfo,"
    })
    void nameAndIdAreRead(String header, String name, String id) {
        assertThat(EventType.parse(header)).contains(new EventType(name, Optional.ofNullable(id)));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", ";id=7", "message summary", "a,b", "(x)"})
    void whatNamesNothingIsNone(String header) {
        assertThat(EventType.parse(header)).isEmpty();
    }

    @Test
    void itIsWrittenAsItWasRead() {
        assertThat(new EventType("message-summary", Optional.of("7"))).hasToString("message-summary;id=7");
        assertThat(new EventType("message-summary", Optional.empty())).hasToString("message-summary");
    }
}
