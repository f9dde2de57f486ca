-- Which books are out now, and with whom?
SELECT b.title, r.name
  FROM loans l
  JOIN books b ON b.id = l.book
  JOIN readers r ON r.id = l.reader
 WHERE l.returned IS NULL
 ORDER BY b.title;

-- Who has borrowed most?
SELECT r.name, count(l.book) AS loans, rank() OVER (ORDER BY count(l.book) DESC) AS place
  FROM readers r
  LEFT JOIN loans l ON l.reader = r.id
 GROUP BY r.id
 ORDER BY place, r.name;

-- How many days was each author read?
SELECT b.author, sum(julianday(l.returned) - julianday(l.taken)) AS days
  FROM loans l
  JOIN books b ON b.id = l.book
 WHERE l.returned IS NOT NULL
 GROUP BY b.author
 ORDER BY days DESC;
