package im.deferred.console.api;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import tools.jackson.core.Base64Variants;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.StreamReadException;

/** The value of a member, to be read once, in the way that the member asks for. */
final class JsonValue {

    private final String name;
    private final JsonParser parser;

    JsonValue(String name, JsonParser parser) {
        this.name = name;
        this.parser = parser;
    }

    /**
     * A short text, as something.
     *
     * @param max the most characters that it may have
     * @param meaning throws IllegalArgumentException for a text that is no such thing
     * @throws Problem 422 if it is none
     */
    <T> T text(int max, Function<String, T> meaning) {
        require(JsonToken.VALUE_STRING, "is a text");
        StringWriter text = new StringWriter() {
            @Override
            public void write(char[] characters, int offset, int length) {
                if (getBuffer().length() + length > max) {
                    throw Problem.invalid(name, "has more than " + max + " characters");
                }
                super.write(characters, offset, length);
            }
        };
        parser.readString(text);
        try {
            return meaning.apply(text.toString());
        } catch (IllegalArgumentException e) {
            throw Problem.invalid(name, e.getMessage());
        }
    }

    /**
     * A whole number.
     *
     * @throws Problem 422 if it is none between the two
     */
    long number(long least, long most) {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            long number = parser.getLongValue();
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw Problem.invalid(name, "is a whole number from " + least + " to " + most);
    }

    boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    /**
     * A truth value, or null.
     *
     * @throws Problem 422 if it is none of these
     */
    Boolean truthOrNull() {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw Problem.invalid(name, "is true, false or null");
        };
    }

    /**
     * A text of any length, in UTF-8.
     *
     * @throws Problem 422 if it is none
     */
    void text(OutputStream to) throws IOException {
        require(JsonToken.VALUE_STRING, "is a text");
        try (Writer writer = new OutputStreamWriter(to, StandardCharsets.UTF_8.newEncoder())) {
            parser.readString(writer);
        } catch (CharacterCodingException e) {
            throw notUnicode();
        } catch (JacksonIOException e) {
            if (e.getCause() instanceof CharacterCodingException) {
                throw notUnicode();
            }
            throw e;
        }
    }

    /**
     * What a text in Base64 (RFC 4648 §4) stands for.
     *
     * @throws Problem 422 if it stands for nothing
     */
    void octets(OutputStream to) {
        require(JsonToken.VALUE_STRING, "is a text in Base64");
        try {
            parser.readBinaryValue(Base64Variants.MIME_NO_LINEFEEDS, to);
        } catch (StreamReadException e) {
            throw Problem.invalid(name, "is no Base64 with its padding");
        }
    }

    private void require(JsonToken token, String what) {
        if (parser.currentToken() != token) {
            throw Problem.invalid(name, what);
        }
    }

    private Problem notUnicode() {
        return Problem.invalid(name, "has half of a surrogate pair");
    }
}
