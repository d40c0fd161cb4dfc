package im.deferred.session;

import static im.deferred.registration.FakeSip.fake;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.ManualTimer;
import im.deferred.message.Spools;
import im.deferred.msrp.IncomingMessage;
import im.deferred.msrp.IncomingSink;
import im.deferred.msrp.MsrpRefusal;
import im.deferred.msrp.frame.MsrpHeaders;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AbsenceTest {

    @TempDir
    Path directory;

    @Test
    void aSessionInWhichALongMessageIsStillComingIsNotQuiet() throws InterruptedException, MsrpRefusal {
        ManualTimer timer = new ManualTimer();
        MessagingSession session = fake(MessagingSession.class, Map.of("ended", none -> new CompletableFuture<Void>()));
        Absence absence = new Absence(null, null, null, 0, new Idle(timer, Duration.ofMinutes(10), session));
        Intake intake = new Intake(new Spools(directory, Spools.Limits.of(1000)), 1000, 2, Runnable::run, absence);
        timer.next();
        IncomingSink sink = intake.begin(new IncomingMessage("m123", "text/plain", 1000, new MsrpHeaders()));
        ManualTimer.Alarm sinceTheBeginning = timer.next();

        sink.write(0, ByteBuffer.wrap("some of it".getBytes(UTF_8)));

        assertThat(sinceTheBeginning.isCancelled()).isTrue();
        assertThat(timer.next().after()).isEqualTo(Duration.ofMinutes(10));
    }
}
