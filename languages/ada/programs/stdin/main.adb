with Ada.Text_IO; use Ada.Text_IO;
with Ada.Integer_Text_IO; use Ada.Integer_Text_IO;

procedure Main is
   Age : Integer;
begin
   Put ("Your name? ");
   declare
      Name : constant String := Get_Line;
   begin
      Put ("Your age? ");
      Get (Age);
      Put (Name & " will be ");
      Put (Age + 1, Width => 0);
      Put_Line (" next year.");
   end;
end Main;
