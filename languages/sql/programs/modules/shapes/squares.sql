CREATE VIEW squares AS
  WITH RECURSIVE sides(side) AS (SELECT 1 UNION ALL SELECT side + 1 FROM sides WHERE side < 10)
  SELECT side, side * side AS area FROM sides;
