-- How a message came: what was stored before came as SIP MESSAGE.
alter table message add column origin character varying(16) default 'SIP_MESSAGE' not null;
