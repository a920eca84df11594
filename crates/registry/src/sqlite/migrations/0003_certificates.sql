-- A reader may show a certificate: its SHA-256 stands where that of a token does. SQLite cannot change a CHECK in place.
CREATE TABLE reader_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('bearer', 'basic', 'certificate')),
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

INSERT INTO reader_new SELECT id, name, scheme, hash, created_at, revoked_at FROM reader;
DROP TABLE reader;
ALTER TABLE reader_new RENAME TO reader;

CREATE UNIQUE INDEX reader_in_use ON reader (name) WHERE revoked_at IS NULL;
-- A certificate may come back to a reader that it was taken from.
CREATE UNIQUE INDEX reader_by_hash ON reader (hash) WHERE revoked_at IS NULL;
