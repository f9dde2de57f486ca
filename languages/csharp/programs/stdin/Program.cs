using System;

class Program {
  static void Main() {
    Console.Write("Your name? ");
    var name = Console.ReadLine();
    Console.Write("Your age? ");
    var age = int.Parse(Console.ReadLine());
    Console.WriteLine($"{name} will be {age + 1} next year.");
  }
}
