package im.deferred.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Any text as an SDP: refused with a reason, or a stream that can be used. */
class MessageMediaFuzzTest {

    @DictionaryFile(resourcePath = "MessageMediaFuzzTest.dict")
    @FuzzTest
    void refusedOrUsable(byte[] octets) {
        MessageMedia media;
        try {
            media = MessageMedia.parse(new String(octets, StandardCharsets.UTF_8));
        } catch (SdpException e) {
            assertThat(e).message().isNotBlank();
            return;
        }
        assertThat(media.port()).isBetween(0, 65535);
        if (media.port() != 0) {
            assertThat(media.path()).isNotEmpty();
            assertThat(media.acceptTypes()).isNotEmpty();
        }
        media.maxSize().ifPresent(octetsAtMost -> assertThat(octetsAtMost).isNotNegative());
        assertThat(media.accepts("message/sip")).isIn(media.acceptsWrapped("message/sip"), false);
        for (String type : media.acceptTypes()) {
            assertThat(type).doesNotContainPattern("[ \t\r\n]").isNotEmpty();
            assertThat(media.accepts(type)).isTrue();
        }
    }
}
