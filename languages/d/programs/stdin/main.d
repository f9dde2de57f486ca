import std.conv, std.stdio, std.string;

void main() {
  write("Your name? ");
  auto name = readln.strip;
  write("Your age? ");
  auto age = readln.strip.to!int;
  writeln(name, " will be ", age + 1, " next year.");
}
