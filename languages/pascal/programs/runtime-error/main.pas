program Fails;
begin
  WriteLn('before');
  RunError(201);
end.
