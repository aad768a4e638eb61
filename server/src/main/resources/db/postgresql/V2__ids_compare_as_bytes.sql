-- PostgreSQL alone: ids are equal and in order as their bytes are, whatever the database's collation.
ALTER TABLE app_version ALTER COLUMN app_id TYPE VARCHAR(256) COLLATE "C";
ALTER TABLE app ALTER COLUMN app_id TYPE VARCHAR(256) COLLATE "C";
ALTER TABLE app_grant
  ALTER COLUMN account_id TYPE VARCHAR(256) COLLATE "C",
  ALTER COLUMN app_id TYPE VARCHAR(256) COLLATE "C";
ALTER TABLE event
  ALTER COLUMN account_id TYPE VARCHAR(256) COLLATE "C",
  ALTER COLUMN app_id TYPE VARCHAR(256) COLLATE "C";

-- Here the epoch is made of the install id and the timeline of the write-ahead log.
ALTER TABLE store DROP COLUMN epoch;

-- The kinds of changes that the log may have: a server that knows fewer reads nothing.
ALTER TABLE store ADD COLUMN format INTEGER DEFAULT 1 NOT NULL;
