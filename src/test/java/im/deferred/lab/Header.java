package im.deferred.lab;

import java.util.Objects;

/** One header field line: its name as written and its value without the white space around it. */
public record Header(String name, String value) {

    /** Both parts must be there; the value may be empty. */
    public Header {
        Objects.requireNonNull(name, "name");
        value = value.strip();
    }

    /** Whether this is the header of that name, in any case. */
    public boolean is(String other) {
        return name.equalsIgnoreCase(other);
    }

    @Override
    public String toString() {
        return name + ": " + value;
    }
}
