-- Who can be reached: one row per public user identity, written at each third-party REGISTER.
create table registration (
    aor varchar(255) primary key,
    -- The identity in whose name the core registered the implicit set that this one belongs to.
    registered_as varchar(255) not null,
    expires_at timestamp(6) with time zone not null,
    service_info varchar(65536),
    user_agent varchar(255)
);

create index registration_registered_as on registration (registered_as);
create index registration_expires_at on registration (expires_at);

-- The client's own contacts, in the order in which the core told them.
create table registration_contact (
    aor varchar(255) not null references registration (aor) on delete cascade,
    position integer not null,
    uri varchar(4096) not null,
    instance_id varchar(4096),
    feature_tags varchar(16384) not null,
    expires_at timestamp(6) with time zone not null,
    primary key (aor, position)
);
