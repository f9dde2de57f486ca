unit Square;
interface
function AreaOf(side: integer): integer;
implementation
function AreaOf(side: integer): integer;
begin
  AreaOf := side * side;
end;
end.
