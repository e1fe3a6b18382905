-- Points that are counted within a window of time, for all processes: `expire` is its end, in milliseconds since 1970. A crash of the database may lose them.
CREATE UNLOGGED TABLE rate_limits (
  key text COLLATE "C" PRIMARY KEY,
  points integer NOT NULL,
  expire double precision NOT NULL
);
CREATE INDEX rate_limits_expire_idx ON rate_limits (expire);
