enum Colour {
  Red,
  Green,
}

console.log(Colour[1])
throw new RangeError(`there is no colour ${Colour.Green + 1}`)
