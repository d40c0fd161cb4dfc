package im.deferred.bench;

import im.deferred.msrp.peer.Source;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Many clients that connect, bind their session and say no more. */
final class IdleClients implements Part {
    private final List<SocketChannel> channels = new ArrayList<>();

    static String uri(int number) {
        return "msrp://127.0.0.1:9/idle" + number + ";tcp";
    }

    @Override
    public String command(List<String> words) throws IOException {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(words.get(1)));
        ByteBuffer answer = ByteBuffer.allocate(1024);
        for (String to : words.subList(2, words.size())) {
            SocketChannel channel = SocketChannel.open(address);
            byte[] send = Source.emptySend("bind0001", to, uri(channels.size())).getBytes();
            channel.write(ByteBuffer.wrap(send));
            int length = channel.read(answer.clear());
            String text = new String(answer.array(), 0, Math.max(0, length));
            if (!text.startsWith("MSRP bind0001 200")) {
                throw new IOException("answered " + text);
            }
            channels.add(channel);
        }
        return Integer.toString(channels.size());
    }
}
