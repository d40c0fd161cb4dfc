package im.deferred.message;

import static im.deferred.Property.oneOf;
import static im.deferred.Property.text;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.Property;
import im.deferred.message.Cpim.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Heads of message/cpim with any headers. */
class CpimPropertyTest {

    private static final String ANY = "aZ0 :;<>\"'\\u\té☂\u0085\u2028";

    @Test
    void c01_whatIsWrittenIsRead() {
        Property.holds(1000, random -> {
            Cpim cpim = new Cpim(headers(random), mime(random));
            String content = text(random, ANY + "\r\n\0", 0, 50);

            Cpim read = Cpim.parse((cpim.head() + content).getBytes(StandardCharsets.UTF_8));

            assertThat(read).isEqualTo(cpim);
            assertThat(read.head()).isEqualTo(cpim.head());
        });
    }

    @Test
    void c03_whatIsEscapedIsReadTheSame() {
        Property.holds(1000, random -> {
            String text = text(random, "\\ubtnr0041\"'\b\t\n\r\0\u007fé☂", 0, 30);
            assertThat(new Field("Subject", Cpim.escape(text)).text()).isEqualTo(text);
        });
    }

    private static List<Field> headers(RandomGenerator random) {
        List<Field> headers = new ArrayList<>();
        for (int count = random.nextInt(8); count > 0; count--) {
            List<String> parameters = new ArrayList<>();
            for (int more = random.nextInt(3); more > 0; more--) {
                parameters.add(oneOf(random, "lang=fr", "x=\"a b;\\\"c\"", "y=" + text(random, "aZ0\\:'", 0, 5)));
            }
            String name = oneOf(random, "From", "NS", "imdn.Message-ID", "x." + text(random, "aZ0!#$'*", 1, 5));
            headers.add(new Field(name, parameters, text(random, ANY, 0, 30)));
        }
        return headers;
    }

    private static List<Header> mime(RandomGenerator random) {
        List<Header> mime = new ArrayList<>();
        for (int count = random.nextInt(4); count > 0; count--) {
            mime.add(Header.unfolded(oneOf(random, "Content-Type", "content-id", "X"), text(random, ANY, 0, 30)));
        }
        return mime;
    }
}
