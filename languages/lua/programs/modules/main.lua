local square = require("shapes.square")

print(square(7))
