def input = System.in.newReader()
print 'Your name? '
def name = input.readLine()
print 'Your age? '
def age = input.readLine() as int
println "$name will be ${age + 1} next year."
