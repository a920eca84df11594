-- The key that location URIs are sealed with: in the database, so that they outlive a restart.
CREATE TABLE sealing (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;
