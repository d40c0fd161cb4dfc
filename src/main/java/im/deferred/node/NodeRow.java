package im.deferred.node;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;

/** A node as the database has it: there as long as its lease lasts. */
@Entity(name = "Node")
@Table(name = "node")
class NodeRow {

    /** Never used again: a node that lost its lease comes back under another one. */
    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "node")
    @SequenceGenerator(name = "node", sequenceName = "node_number_seq", allocationSize = 1)
    private Long number;

    private String name;
    private long beat;

    protected NodeRow() {}

    NodeRow(String name) {
        this.name = name;
    }

    long number() {
        return number;
    }

    String name() {
        return name;
    }

    long beat() {
        return beat;
    }
}
