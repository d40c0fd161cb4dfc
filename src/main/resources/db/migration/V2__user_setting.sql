-- What each user chose; no row means the server's default.
create table user_setting (
    aor varchar(255) primary key,
    delivery varchar(16) not null
);
