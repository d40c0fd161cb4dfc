-- Which messages came over HTTP with an idempotency key, so that the same key stores nothing a second time.
create table message_submission (
    idempotency_key character varying(43) primary key,
    fingerprint character varying(43) not null,
    message bigint not null,
    received_at timestamp(6) with time zone not null
);

create index message_submission_age on message_submission (received_at);
