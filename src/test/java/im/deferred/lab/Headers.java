package im.deferred.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Header fields in the order of the wire. Every change gives a new value. */
public record Headers(List<Header> list) {

    /** No header at all. */
    public static final Headers NONE = new Headers(List.of());

    /** Keeps a copy of the list. */
    public Headers {
        list = List.copyOf(list);
    }

    /** The value of the first header of that name. */
    public Optional<String> first(String name) {
        return list.stream()
                .filter(header -> header.is(name))
                .map(Header::value)
                .findFirst();
    }

    /** The values of all headers of that name, in order. */
    public List<String> all(String name) {
        return list.stream()
                .filter(header -> header.is(name))
                .map(Header::value)
                .toList();
    }

    /** With one more header at the end. */
    public Headers add(String name, String value) {
        return new Headers(
                Stream.concat(list.stream(), Stream.of(new Header(name, value))).toList());
    }

    /** With one more header before all others. */
    public Headers push(String name, String value) {
        return new Headers(
                Stream.concat(Stream.of(new Header(name, value)), list.stream()).toList());
    }

    /** Without the first header of that name. */
    public Headers pop(String name) {
        List<Header> rest = new ArrayList<>(list);
        for (int i = 0; i < rest.size(); i++) {
            if (rest.get(i).is(name)) {
                rest.remove(i);
                break;
            }
        }
        return new Headers(rest);
    }

    /** Without any header of that name. */
    public Headers without(String name) {
        return new Headers(list.stream().filter(header -> !header.is(name)).toList());
    }

    /** With this header as the only one of its name, in the place of the first of them. */
    public Headers with(String name, String value) {
        List<Header> changed = new ArrayList<>();
        boolean placed = false;
        for (Header header : list) {
            if (!header.is(name)) {
                changed.add(header);
            } else if (!placed) {
                changed.add(new Header(name, value));
                placed = true;
            }
        }
        if (!placed) {
            changed.add(new Header(name, value));
        }
        return new Headers(changed);
    }
}
