CREATE TABLE books (
  id     INTEGER PRIMARY KEY,
  title  TEXT NOT NULL,
  author TEXT NOT NULL,
  year   INTEGER NOT NULL
);
CREATE TABLE readers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE loans (
  book     INTEGER NOT NULL REFERENCES books,
  reader   INTEGER NOT NULL REFERENCES readers,
  taken    TEXT NOT NULL,
  returned TEXT CHECK (returned >= taken)
);

INSERT INTO books VALUES
  (1, 'The Left Hand of Darkness', 'Ursula K. Le Guin', 1969),
  (2, 'Kindred', 'Octavia E. Butler', 1979),
  (3, 'The Dispossessed', 'Ursula K. Le Guin', 1974),
  (4, 'Solaris', 'Stanisław Lem', 1961);
INSERT INTO readers VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger');
INSERT INTO loans VALUES
  (4, 1, '2026-01-05', '2026-01-19'),
  (2, 2, '2026-01-07', '2026-02-01'),
  (3, 1, '2026-02-02', '2026-02-20'),
  (2, 3, '2026-02-10', NULL),
  (1, 1, '2026-03-01', NULL);
