print("Your name? ", terminator: "")
let name = readLine()!
print("Your age? ", terminator: "")
let age = Int(readLine()!)!
print("\(name) will be \(age + 1) next year.")
