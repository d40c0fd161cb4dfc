package im.deferred.msrp.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class DigestClientTest {

    private static final String OF_THE_RFC =
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=%s, "
                    + "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
    private static final String SHA_256 = OF_THE_RFC.formatted("SHA-256");
    private static final String MD5 = OF_THE_RFC.formatted("MD5");

    /** RFC 7616 §3.9.1. */
    @Test
    void r02_answersAsTheExamplesOfTheRfc() {
        assertThat(response(MD5)).isEqualTo("8ca523f5e9506fed4657c9700eebdbec");
        assertThat(response(SHA_256)).isEqualTo("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    }

    @Test
    void r02_answerHasWhatRelaysMustHave() {
        DigestParameters answer = answer(SHA_256);

        assertThat(answer.get("username")).isEqualTo("Mufasa");
        assertThat(answer.get("realm")).isEqualTo("http-auth@example.org");
        assertThat(answer.get("uri")).isEqualTo("/dir/index.html");
        assertThat(answer.get("algorithm")).isEqualTo("SHA-256");
        assertThat(answer.get("nonce")).isEqualTo("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v");
        assertThat(answer.get("nc")).isEqualTo("00000001");
        assertThat(answer.get("cnonce")).isEqualTo("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
        assertThat(answer.get("qop")).isEqualTo("auth");
        assertThat(answer.get("opaque")).isEqualTo("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS");
    }

    @Test
    void r02_strongestAlgorithmIsTaken() {
        String unknown = OF_THE_RFC.formatted("SHA-512-256");
        String session = OF_THE_RFC.formatted("SHA-256-sess");

        assertThat(answer(MD5, unknown, SHA_256, session).get("algorithm")).isEqualTo("SHA-256");
        assertThat(answer(unknown, session, MD5).get("algorithm")).isEqualTo("MD5");
        assertThat(answer("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"").get("algorithm"))
                .isEqualTo("MD5");
    }

    @Test
    void r02_noChallengeThatCanBeAnswered() {
        for (String challenge : List.of(
                OF_THE_RFC.formatted("MD5-sess"),
                "Basic realm=\"r\"",
                "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth-int\"",
                "Digest realm=\"r\", nonce=\"n\", algorithm=MD5",
                "Digest realm=\"r\", algorithm=MD5, qop=\"auth\"",
                "Digest nonsense")) {
            assertThatIllegalArgumentException().as(challenge).isThrownBy(() -> answer(challenge));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DigestClient.answer(List.of(), "AUTH", "msrps://relay.test;tcp", "bob", "s"));
    }

    @Test
    void eachAnswerHasACnonceOfItsOwn() {
        assertThat(DigestClient.answer(List.of(MD5), "AUTH", "msrps://relay.test;tcp", "bob", "s"))
                .isNotEqualTo(DigestClient.answer(List.of(MD5), "AUTH", "msrps://relay.test;tcp", "bob", "s"));
    }

    private static String response(String... challenges) {
        return answer(challenges).get("response");
    }

    private static DigestParameters answer(String... challenges) {
        return DigestParameters.parse(DigestClient.answer(
                List.of(challenges),
                "GET",
                "/dir/index.html",
                "Mufasa",
                "Circle of Life",
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"));
    }
}
