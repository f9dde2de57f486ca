program Ask;
var
  name: string;
  age: integer;
begin
  Write('Your name? ');
  ReadLn(name);
  Write('Your age? ');
  ReadLn(age);
  WriteLn(name, ' will be ', age + 1, ' next year.');
end.
