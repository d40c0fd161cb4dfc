package im.deferred.node;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** The one row that tells how often work was left that any node may take. */
@Entity(name = "WorkLeft")
@Table(name = "work_left")
class WorkLeft {

    static final long ID = 1;

    @Id
    private long id;

    private long times;

    protected WorkLeft() {}

    long times() {
        return times;
    }
}
