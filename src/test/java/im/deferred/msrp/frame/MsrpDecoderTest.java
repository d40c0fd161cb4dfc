package im.deferred.msrp.frame;

import static im.deferred.msrp.frame.Frames.PATHS;
import static im.deferred.msrp.frame.Frames.decode;
import static im.deferred.msrp.frame.Frames.octets;
import static im.deferred.msrp.frame.Frames.wire;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.TooLongFrameException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MsrpDecoderTest {
    private static final String TO = "msrp://bob.example.test:2855/b0b;tcp";
    private static final String FROM = "msrp://alice.example.test:2855/a1ice;tcp";

    private static final String SEND = "MSRP a786hjs2 SEND\r\n" + PATHS + wire("""
                    Message-ID: 87652491
                    Byte-Range: 1-23/23
                    Content-Type: text/plain

                    Hey Bob, are you there?
                    -------a786hjs2$
                    """);
    private static final MsrpRequest SEND_HEAD = new MsrpRequest(
            "a786hjs2",
            "SEND",
            TO,
            FROM,
            new MsrpHeaders()
                    .add("Message-ID", "87652491")
                    .add("Byte-Range", "1-23/23")
                    .add("Content-Type", "text/plain"));
    private static final String OK = "MSRP a786hjs2 200 OK\r\n" + PATHS + "-------a786hjs2$\r\n";
    private static final MsrpResponse OK_HEAD = new MsrpResponse("a786hjs2", 200, "OK", TO, FROM, new MsrpHeaders());

    @Test
    void m01_requestAndResponse() {
        assertThat(decode(SEND + OK))
                .containsExactly(
                        SEND_HEAD, "Hey Bob, are you there?", Continuation.COMPLETE, OK_HEAD, Continuation.COMPLETE);
    }

    @Test
    void framesSplitAtEveryOctet() {
        byte[] frames = octets(SEND + OK + SEND);
        List<Object> whole = decode(SEND + OK + SEND);
        for (int i = 1; i < frames.length; i++) {
            List<byte[]> halves =
                    List.of(Arrays.copyOfRange(frames, 0, i), Arrays.copyOfRange(frames, i, frames.length));
            assertThat(decode(new MsrpDecoder(), halves)).as("split at %d", i).isEqualTo(whole);
        }
    }

    @Test
    void framesOctetByOctet() {
        List<byte[]> single = new ArrayList<>();
        for (byte octet : octets(SEND + OK + SEND)) {
            single.add(new byte[] {octet});
        }
        assertThat(decode(new MsrpDecoder(), single)).isEqualTo(decode(SEND + OK + SEND));
    }

    @Test
    void contentIsPassedOnBeforeTheFrameEnds() {
        EmbeddedChannel channel = new EmbeddedChannel(new MsrpDecoder());
        channel.writeInbound(Unpooled.wrappedBuffer(octets(SEND.substring(0, SEND.indexOf("are")))));
        assertThat(channel.<Object>readInbound()).isEqualTo(SEND_HEAD);
        MsrpPiece piece = channel.readInbound();
        assertThat(piece.content().readableBytes()).isEqualTo("Hey Bob, ".length());
        piece.release();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @CsvSource({"$, COMPLETE", "+, MORE", "#, ABORTED"})
    void m04_endLineFlags(String flag, Continuation continuation) {
        assertThat(decode(SEND.replace("-------a786hjs2$", "-------a786hjs2" + flag)))
                .last()
                .isEqualTo(continuation);
    }

    @Test
    void m04_noBodyNoEmptyLine() {
        assertThat(decode("MSRP a786hjs2 SEND\r\n" + PATHS + "Message-ID: 87652491\r\n-------a786hjs2$\r\n"))
                .hasSize(2)
                .last()
                .isEqualTo(Continuation.COMPLETE);
    }

    @Test
    void m04_emptyBody() {
        assertThat(decode(
                        "MSRP a786hjs2 SEND\r\n" + PATHS + "Content-Type: text/plain\r\n\r\n\r\n-------a786hjs2$\r\n"))
                .hasSize(2)
                .last()
                .isEqualTo(Continuation.COMPLETE);
    }

    @Test
    void emptyLineAndThenTheEndLineIsTolerated() {
        String frame = "MSRP a786hjs2 SEND\r\n" + PATHS + "Message-ID: 87652491\r\n\r\n-------a786hjs2$\r\n" + OK;
        List<Object> whole = decode(frame);
        assertThat(whole).hasSize(4).endsWith(OK_HEAD, Continuation.COMPLETE);
        for (int i = 1; i < frame.length(); i++) {
            assertThat(decode(frame.substring(0, i), frame.substring(i))).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-------a786hjs2",
                "x-------a786hjs2$\r\n",
                "\r\n-------a786hjs2",
                "\r\n-------a786hjs2!\r\n",
                "\r\n-------a786hjs2$\n",
                "\r\n-------a786hjs2$\rx",
                "\r\n-------a786hjs3$\r\n",
                "\r\n-------",
                "\r\n\r\n\r\n",
                "\r\n--------------",
                "\0\1\377",
                "MSRP a786hjs2 SEND\r\n"
            })
    void m05_onlyTheWholeEndLineEndsTheBody(String body) {
        String frame =
                "MSRP a786hjs2 SEND\r\n" + PATHS + "Content-Type: a/b\r\n\r\n" + body + "\r\n-------a786hjs2+\r\n";
        for (int i = 1; i < frame.length(); i++) {
            assertThat(decode(frame.substring(0, i), frame.substring(i)))
                    .hasSize(3)
                    .endsWith(body, Continuation.MORE);
        }
    }

    @Test
    void m06_headerNamesWithoutRegardToCase() {
        MsrpRequest head = (MsrpRequest) decode(SEND.replace("To-Path", "to-path")
                        .replace("From-Path", "FROM-PATH")
                        .replace("Message-ID", "message-id")
                        .replace("Content-Type", "X-Unknown"))
                .get(0);
        assertThat(head.toPath()).isEqualTo(TO);
        assertThat(head.fromPath()).isEqualTo(FROM);
        assertThat(head.headers().get("Message-Id")).isEqualTo("87652491");
        assertThat(head.headers().get("x-unknown")).isEqualTo("text/plain");
        assertThat(head.headers().get("Content-Type")).isNull();
    }

    @Test
    void headersKeepTheirOrderAndTheirUtf8() {
        String subject = new String("Grüße ☂".getBytes(UTF_8), ISO_8859_1);
        MsrpRequest head = (MsrpRequest) decode(SEND.replace("Message-ID", "Subject:" + subject + " \t\r\nMessage-ID"))
                .get(0);
        assertThat(head.headers())
                .hasToString("Subject: Grüße ☂\nMessage-ID: 87652491\nByte-Range: 1-23/23\nContent-Type: text/plain\n");
    }

    @Test
    void responseWithoutReasonPhrase() {
        assertThat(decode(OK.replace("200 OK", "200")))
                .startsWith(new MsrpResponse("a786hjs2", 200, "", TO, FROM, new MsrpHeaders()));
    }

    @Test
    void responseWithAnotherReasonPhrase() {
        assertThat(decode(OK.replace("200 OK", "481 No such session")))
                .startsWith(new MsrpResponse("a786hjs2", 481, "No such session", TO, FROM, new MsrpHeaders()));
    }

    @Test
    void emptyLinesBetweenFramesAreSkipped() {
        assertThat(decode("\r\n\r\n" + OK + "\r\n" + OK)).hasSize(4);
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                arguments("To-Path: ", "X-To: ", "first two headers"),
                arguments("From-Path: ", "X-From: ", "first two headers"),
                arguments("Message-ID: ", "To-Path: ", "first two headers"),
                arguments("Message-ID: ", "Message-ID ", "not a header line"),
                arguments("Message-ID: ", "Message ID: ", "not a header line"),
                arguments("Message-ID: ", ": ", "not a header line"),
                arguments("Message-ID: ", "Message-ID: \0", "control character"),
                arguments("Message-ID: ", "Message-ID: \r", "control character"),
                arguments("Message-ID: ", "Message-ID: \177", "control character"),
                arguments(" SEND", " SE ND", "not a method"),
                arguments(" SEND", " ", "not a method"),
                arguments(" SEND", " 099 Odd", "not a status line"),
                arguments(" SEND", " 200 O\bK", "not a status line"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void malformedFramesAreToldFromTheirNeighbours(String part, String wrong, String reason) {
        List<Object> parts = decode(SEND.replace(part, wrong) + OK);
        assertThat(parts).hasSize(3).endsWith(OK_HEAD, Continuation.COMPLETE);
        MalformedFrame malformed = (MalformedFrame) parts.get(0);
        assertThat(malformed.reason()).contains(reason);
        assertThat(malformed.answerable()).isEqualTo(!reason.contains("status"));
        assertThat(malformed.transactionId()).isEqualTo("a786hjs2");
    }

    @Test
    void lineFeedWithoutCarriageReturnIsMalformed() {
        List<Object> parts = decode(SEND.replace("87652491\r\n", "87652491\n") + OK);
        assertThat(((MalformedFrame) parts.get(0)).reason()).contains("carriage return");
        assertThat(parts).hasSize(3);
    }

    @Test
    void m18_malformedReportIsNotAnswerable() {
        MalformedFrame malformed =
                (MalformedFrame) decode(SEND.replace("SEND", "REPORT").replace("Message-ID: ", "Message ID: "))
                        .get(0);
        assertThat(malformed.answerable()).isFalse();
    }

    @Test
    void malformedResponseIsNotAnswerable() {
        MalformedFrame malformed =
                (MalformedFrame) decode(OK.replace("To-Path", "X-Path")).get(0);
        assertThat(malformed.answerable()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n",
                "MSRP\r\n",
                "MSRP \r\n",
                "MSRP abc SEND\r\n",
                "MSRP a786hjs2\r\n",
                "MSRP -a786hjs2 SEND\r\n",
                "MSRP a786hjs2a786hjs2a786hjs2a786hjs2a SEND\r\n",
                "MSRP a786hj$2 SEND\r\n",
                "MSRP a786hjs2 SEND\n",
                "msrp a786hjs2 SEND\r\n",
                "\0\0\0\r\n"
            })
    void m02_frameWithoutReadableStartLineBreaksTheConnection(String line) {
        assertThatThrownBy(() -> decode(line + PATHS)).isInstanceOf(CorruptedFrameException.class);
    }

    @Test
    void afterABreakNothingIsReadAnyMore() {
        EmbeddedChannel channel = new EmbeddedChannel(new MsrpDecoder());
        assertThatThrownBy(() -> channel.writeInbound(Unpooled.wrappedBuffer(octets("bad frame\r\n"))))
                .isInstanceOf(CorruptedFrameException.class);
        channel.writeInbound(Unpooled.wrappedBuffer(octets(OK)));
        assertThat(channel.<Object>readInbound()).isNull();
        channel.finishAndReleaseAll();
    }

    @Test
    void startLineOverTheLimitBreaksTheConnection() {
        for (String line : List.of("MSRP a786hjs2 SENDxxx\r\n", "MSRP a786hjs2 SENDxxx\rx")) {
            assertThatThrownBy(() -> decode(new MsrpDecoder(20, 1000, 10), List.of(octets(line))))
                    .isInstanceOf(TooLongFrameException.class);
        }
    }

    @Test
    void lineOverTheLimit() {
        String longest = "MSRP a786hjs2 SEND\r\nTo-Path: " + "x".repeat(32);
        assertThat(decode(new MsrpDecoder(41, 1000, 10), List.of(octets(longest + "\r\n"))))
                .isEmpty();
        assertThat(decode(new MsrpDecoder(41, 1000, 10), List.of(octets(longest + "\r"), octets("\n"))))
                .isEmpty();
        for (String end : List.of("x\r\n", "x\n", "xx")) {
            assertThat(decode(new MsrpDecoder(41, 1000, 10), List.of(octets(longest + end))))
                    .containsExactly(
                            new MalformedFrame("a786hjs2", true, null, null, "line of more than 41 octets", true));
        }
    }

    @Test
    void headOverTheLimit() {
        String head = "MSRP a786hjs2 SEND\r\n" + PATHS;
        List<byte[]> read = List.of(octets(head));
        assertThat(decode(new MsrpDecoder(100, head.length(), 10), read)).isEmpty();
        assertThat(decode(new MsrpDecoder(100, head.length() - 1, 10), read))
                .singleElement()
                .extracting("toPath", "fromPath", "last")
                .containsExactly("msrp://bob.example.test:2855/b0b;tcp", null, true);
    }

    @Test
    void headersOverTheLimit() {
        assertThat(decode(new MsrpDecoder(100, 1000, 5), List.of(octets(SEND)))).hasSize(3);
        assertThat(decode(new MsrpDecoder(100, 1000, 4), List.of(octets(SEND + OK))))
                .containsExactly(new MalformedFrame(
                        "a786hjs2",
                        true,
                        "msrp://bob.example.test:2855/b0b;tcp",
                        "msrp://alice.example.test:2855/a1ice;tcp",
                        "more than 4 headers",
                        true));
    }

    @Test
    void m15_malformedFrameWithoutFailureReportIsNotAnswerable() {
        List<Object> parts = decode(SEND.replace("Message-ID: ", "Failure-Report: no\r\nMessage ID: "));
        assertThat(((MalformedFrame) parts.get(0)).answerable()).isFalse();
    }

    @Test
    void whatHasComeOfAFrameIsKnown() {
        MsrpDecoder decoder = new MsrpDecoder();
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        assertThat(decoder.isMidFrame()).isFalse();
        String start = "MSRP a786hjs2 SEND\r";
        channel.writeInbound(Unpooled.wrappedBuffer(octets(start)));
        assertThat(decoder.isMidFrame()).isTrue();
        assertThat(decoder.unfinished("late")).isEmpty();
        channel.writeInbound(Unpooled.wrappedBuffer(octets("\n")));
        assertThat(decoder.unfinished("late")).contains(new MalformedFrame("a786hjs2", true, null, null, "late", true));
        channel.writeInbound(Unpooled.wrappedBuffer(octets(SEND.substring(start.length() + 1))));
        assertThat(decoder.isMidFrame()).isFalse();
        assertThat(decoder.unfinished("late")).isEmpty();
        channel.finishAndReleaseAll();
    }

    @Test
    void theNextFrameHasItsOwnCount() {
        MsrpDecoder decoder = new MsrpDecoder(100, SEND.indexOf("\r\n\r\n") + 4, 5);
        assertThat(decode(decoder, List.of(octets(SEND + SEND + SEND)))).hasSize(9);
    }
}
