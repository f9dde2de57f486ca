.read shapes/squares.sql
SELECT area FROM squares WHERE side = 7;
