program Area;
uses Square;
begin
  WriteLn(AreaOf(7));
end.
