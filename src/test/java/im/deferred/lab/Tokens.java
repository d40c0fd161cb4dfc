package im.deferred.lab;

import java.security.SecureRandom;

/** Fresh identifiers: tags, branches, Call-IDs, MSRP session and transaction ids. */
final class Tokens {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

    private Tokens() {}

    /** So many letters and digits of 5 random bits each; 16 of them are the 80 bits that RFC 4975 §14.1 asks for. */
    static String fresh(int length) {
        StringBuilder token = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            token.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
        }
        return token.toString();
    }
}
