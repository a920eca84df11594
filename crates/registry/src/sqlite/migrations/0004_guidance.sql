-- What the organisation says to do when VoIP cannot carry 911, as it was given.
CREATE TABLE guidance (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    document BLOB NOT NULL,
    set_at INTEGER NOT NULL
) STRICT;
