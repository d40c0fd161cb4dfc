package im.deferred.bench;

import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MsrpDecoder;
import im.deferred.msrp.frame.MsrpEncoder;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpPiece;
import im.deferred.msrp.frame.MsrpRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** SENDs through encoder and decoder, without a socket: time and allocation for each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBench {
    private static final int FRAMES = 32;
    private static final String PATH = "msrp://127.0.0.1:2855/abcdefghijklmnopqrstuv;tcp";

    @Param({"200", "2048", "65536"})
    int octets;

    private final EmbeddedChannel encoder = new EmbeddedChannel(new MsrpEncoder());
    private final EmbeddedChannel decoder = new EmbeddedChannel(new MsrpDecoder());
    private MsrpRequest request;
    private ByteBuf content;
    private ByteBuf wire;

    @Setup
    public void write() {
        content = Unpooled.directBuffer(octets).writeBytes("x".repeat(octets).getBytes());
        request = new MsrpRequest(
                "abcdefgh12345678",
                MsrpRequest.SEND,
                PATH,
                PATH,
                new MsrpHeaders()
                        .add(MsrpHeaders.MESSAGE_ID, "message1")
                        .add(MsrpHeaders.BYTE_RANGE, "1-*/" + octets)
                        .add(MsrpHeaders.CONTENT_TYPE, "text/plain"));
        wire = Unpooled.directBuffer();
        writeFrames();
        for (ByteBuf part = encoder.readOutbound(); part != null; part = encoder.readOutbound()) {
            wire.writeBytes(part);
            part.release();
        }
    }

    private void writeFrames() {
        for (int i = 0; i < FRAMES; i++) {
            encoder.write(request);
            encoder.write(new MsrpPiece(content.retainedDuplicate()));
            encoder.write(Continuation.COMPLETE);
        }
        encoder.flush();
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public int encode() {
        writeFrames();
        return releaseAll(encoder.outboundMessages());
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public int decode() {
        decoder.writeInbound(wire.retainedDuplicate());
        return releaseAll(decoder.inboundMessages());
    }

    private static int releaseAll(Queue<Object> messages) {
        int count = 0;
        for (Object message = messages.poll(); message != null; message = messages.poll()) {
            ReferenceCountUtil.release(message);
            count++;
        }
        return count;
    }

    @TearDown
    public void release() {
        content.release();
        wire.release();
    }

    static void run(int rounds) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(CodecBench.class.getSimpleName())
                        .forks(1)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(rounds)
                        .measurementTime(TimeValue.seconds(1))
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
    }
}
