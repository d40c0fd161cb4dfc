-- A user may choose one thing and leave the other to the server: null means its default.
alter table user_setting alter column delivery drop not null;
alter table user_setting add column page_mode boolean;
