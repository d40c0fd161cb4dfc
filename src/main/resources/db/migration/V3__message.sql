-- What waits: the deferred messages, their bodies in pieces, and the memory of those delivered a moment ago.
-- The same statements serve H2 and PostgreSQL.

create sequence message_id_seq start with 1 increment by 64;

create table message (
    id bigint primary key,
    copy_key character varying(43) not null,
    message_id character varying(32) not null,
    recipient character varying(255) not null,
    sender character varying not null,
    call_id character varying not null,
    received_at timestamp(6) with time zone not null,
    expires_at timestamp(6) with time zone not null,
    headers character varying not null,
    content_type character varying,
    size bigint not null,
    held boolean default false not null,
    held_reason character varying,
    constraint message_stored_once unique (copy_key)
);

create index message_waiting on message (recipient, held, id);
create index message_expiry on message (expires_at);

create table message_piece (
    message bigint not null,
    seq integer not null,
    octets bytea not null,
    primary key (message, seq),
    constraint message_piece_of foreign key (message) references message (id) on delete cascade
);

create table message_seen (
    copy_key character varying(43) primary key,
    message bigint not null,
    received_at timestamp(6) with time zone not null
);

create index message_seen_age on message_seen (received_at);
