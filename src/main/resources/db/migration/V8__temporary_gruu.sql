-- The contact's temporary GRUU (RFC 5627 §3.1.2.2), by which a request may name the user without naming the AoR.
alter table registration_contact add column temporary_gruu varchar(255);

create index registration_contact_temporary_gruu on registration_contact (temporary_gruu);
