package im.deferred.lab;

import java.net.InetSocketAddress;

/** A core that is not the lab's own, in a process of its own. */
public final class ForeignCore implements Core, AutoCloseable {

    private final InetSocketAddress address;
    private final Trace trace;
    private final Loop loop;

    /** The one at that address; its users note what they see in that trace. */
    public ForeignCore(InetSocketAddress address, Trace trace) {
        this.address = address;
        this.trace = trace;
        this.loop = new Loop("lab", trace::failure);
        trace.name(address, "Core");
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public Trace trace() {
        return trace;
    }

    @Override
    public Loop loop() {
        return loop;
    }

    /** Ends the thread of its users. */
    @Override
    public void close() {
        loop.close();
    }
}
