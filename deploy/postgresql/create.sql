-- The role and the database of the server. As the superuser, the password from the keyboard: psql -f create.sql
\prompt 'Password of the role deferred_im: ' password
create role deferred_im login password :'password';
create database deferred_im owner deferred_im encoding 'UTF8' template template0;
