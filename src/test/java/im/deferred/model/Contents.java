package im.deferred.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** What the client finds in a SEND. */
final class Contents {

    private Contents() {}

    /** It is that message, whole. */
    static void check(Letter letter, String form, byte[] content) {
        String tail = form.equals("message/msrp") ? "\r\n-------" + letter.messageId + "$\r\n" : "";
        int end = content.length - tail.length();
        int start = end - letter.body.length;
        Broken.unless(
                start >= 0 && Arrays.equals(content, start, end, letter.body, 0, letter.body.length),
                "another body",
                letter);
        Broken.unless(tail.equals(new String(content, end, tail.length(), UTF_8)), "no end", letter);
        String head = new String(content, 0, start, UTF_8);
        switch (form) {
            case "message/sip" -> {
                Broken.unless(head.startsWith("MESSAGE " + letter.to + " SIP/2.0\r\n"), "no request line", letter);
                checkHeaders(letter, head);
            }
            case "message/sipfrag" -> checkHeaders(letter, head);
            case "message/msrp" -> {
                Broken.unless(
                        head.startsWith("MSRP " + letter.messageId + " SEND\r\nTo-Path: "), "no start line", letter);
                Broken.unless(
                        head.contains("\r\nMessage-ID: m" + letter.number + "\r\n"), "another Message-ID", letter);
                checkHead(letter, head);
            }
            case "message/cpim" ->
                Broken.unless(
                        letter.contentType.equals("message/cpim") ? head.isEmpty() : head.endsWith("\r\n\r\n"),
                        "no CPIM",
                        letter);
            default -> throw new Broken("an unknown form: " + form);
        }
    }

    private static void checkHeaders(Letter letter, String head) {
        Broken.unless(head.contains("\r\nCall-ID: " + letter.callId + "\r\n"), "another Call-ID", letter);
        checkHead(letter, head);
    }

    private static void checkHead(Letter letter, String head) {
        Broken.unless(head.contains("\r\nSubject: " + letter.number + "\r\n"), "another Subject", letter);
        Broken.unless(
                head.contains("\r\nContent-Type: " + letter.contentType + "\r\n"), "another Content-Type", letter);
        Broken.unless(head.endsWith("\r\n\r\n"), "no end of the head", letter);
    }
}
