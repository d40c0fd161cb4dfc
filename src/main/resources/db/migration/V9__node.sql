-- The nodes that share this database. One that does not raise its beat for a lease is dead to the others, who delete it.
create sequence node_number_seq start with 1 increment by 1;

create table node (
    number bigint primary key,
    name character varying not null,
    beat bigint not null
);

-- One row: how often a node left work to the others, or was taken for dead.
create table work_left (
    id bigint primary key,
    times bigint not null
);

insert into work_left (id, times) values (1, 0);

-- What one node does and no other may do meanwhile, and what another asks of it.
create table claim (
    what character varying(255) primary key,
    node bigint not null,
    serial bigint not null,
    asked character varying(16),
    constraint claim_of foreign key (node) references node (number) on delete cascade
);

create index claim_node on claim (node);
