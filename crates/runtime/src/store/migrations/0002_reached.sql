-- What has answered once on the way to the phone service.
CREATE TABLE reached (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL) STRICT;
