package im.deferred.it;

import static im.deferred.it.Newcomer.READY;
import static im.deferred.it.Newcomer.SERVER;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The READMEs below {@code deploy} hold: their commands go well as they stand there, and what comes of them is what they say. */
@EmbeddedOnly("what these READMEs say is the same for all containers")
class ReadmeIT {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final String IS_READY = READY + " | grep -qx ok";

    @TempDir
    private Path directory;

    private Newcomer newcomer;

    @BeforeEach
    void start() throws Exception {
        Newcomer.assumeSomewhereToBe();
        newcomer = new Newcomer(directory);
    }

    /** Alice, whom the README makes a user, is pushed to by the server behind Kamailio. */
    @Test
    void kamailioIsTheCore() throws Exception {
        Newcomer.assumeInstalled("kamailio");
        Readme readme = new Readme("deploy/kamailio");

        newcomer.goesTo("deploy/kamailio")
                .runs(readme.commands())
                .goesTo("")
                .writes("deferred-im.properties", readme.next("properties"))
                .runs(readme.commands())
                .starts("server", SERVER, IS_READY)
                .starts("kamailio", "kamailio -DD -E -m 64", "true")
                .visits(KamailioUser.class, "alice", "secret")
                .succeeds(LIMIT);
        readme.end();
    }

    @Test
    void postgresqlIsTheDatabase() throws Exception {
        Newcomer.assumeInstalled("psql", "runuser");
        Readme readme = new Readme("deploy/postgresql");

        newcomer.runs("""
                        PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
                        export PGUSER=postgres
                        install -d -o postgres /srv/postgresql /run/postgresql
                        runuser -u postgres -- initdb -D /srv/postgresql/data --auth-local=trust --auth-host=scram-sha-256
                        """)
                .starts("postgres", "runuser -u postgres -- postgres -D /srv/postgresql/data", "pg_isready -q")
                .goesTo("deploy/postgresql")
                .runsTyping("s3cret", readme.commands())
                .goesTo("")
                .writes("deferred-im.properties", readme.next("properties").replace("…", "s3cret"))
                .starts("server", SERVER, IS_READY)
                .runs("[ \"$(psql -At deferred_im -c 'select count(*) from message')\" = 0 ]")
                .runs("[ ! -e data/deferred-im.mv.db ]")
                .succeeds(LIMIT);
        readme.end();
    }

    @Test
    void accountsOfTheRelayAreMade() throws Exception {
        Newcomer.assumeInstalled("unzip");
        Readme readme = new Readme("deploy");

        newcomer.starts("server", SERVER, IS_READY)
                .stops("server")
                .runsTyping("s3cret", readme.commands())
                .writes("deferred-im.properties", "deferred-im.relay.enabled=true")
                .starts("server", SERVER, IS_READY)
                .visits(RelayClient.class, "data", "bob", "s3cret")
                .succeeds(LIMIT);
        readme.end();
    }
}
