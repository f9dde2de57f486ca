import shapes.square;
import std.stdio;

void main() {
  writeln(area(7));
}
