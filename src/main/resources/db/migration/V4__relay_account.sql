-- Who may use the MSRP relay: in place of the password H(user:realm:password), in hexadecimal digits of lower case.
create table relay_account (
    user_name varchar(255) not null,
    realm varchar(255) not null,
    ha1_sha256 varchar(64) not null,
    -- For clients that know no SHA-256; null keeps them out.
    ha1_md5 varchar(32),
    primary key (user_name, realm)
);
