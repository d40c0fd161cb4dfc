package im.deferred.message;

import java.io.ByteArrayOutputStream;

/** The body of a message in the store: read from the database, best in whole pieces. */
record StoredBody(MessageStore store, DeferredMessage message) implements Body {

    @Override
    public long length() {
        return message.size();
    }

    @Override
    public byte[] read(long offset, int max) {
        int wanted = (int) Math.max(0, Math.min(max, message.size() - offset));
        byte[] part = store.read(message.id(), offset, wanted);
        if (part.length == wanted) {
            return part;
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream(wanted);
        while (part.length > 0) {
            whole.writeBytes(part);
            part = store.read(message.id(), offset + whole.size(), wanted - whole.size());
        }
        if (whole.size() < wanted) {
            throw new IllegalStateException("the message is not in the store any more");
        }
        return whole.toByteArray();
    }

    @Override
    public long inMemory() {
        return 0;
    }
}
