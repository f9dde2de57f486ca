import java.util.Scanner;

public class Main {
  public static void main(String[] args) {
    var input = new Scanner(System.in);
    System.out.print("Your name? ");
    var name = input.nextLine();
    System.out.print("Your age? ");
    var age = input.nextInt();
    System.out.println(name + " will be " + (age + 1) + " next year.");
  }
}
