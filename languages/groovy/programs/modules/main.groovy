println new Square(side: 7).area()
