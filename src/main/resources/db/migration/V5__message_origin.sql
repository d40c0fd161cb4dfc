-- How a message came: what was stored before came as SIP MESSAGE.
alter table message add column origin character varying(16) default 'SIP_MESSAGE' not null;

-- What a user has stored is counted, and now measured too, at every commit: out of the index alone.
drop index message_waiting;
create index message_waiting on message (recipient, held, id, size);
