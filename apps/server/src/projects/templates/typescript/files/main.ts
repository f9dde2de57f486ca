type Shape =
  | { kind: 'circle'; radius: number }
  | { kind: 'square'; side: number }
  | { kind: 'rectangle'; width: number; height: number }

function areaOf(shape: Shape): number {
  switch (shape.kind) {
    case 'circle':
      return Math.PI * shape.radius ** 2
    case 'square':
      return shape.side ** 2
    case 'rectangle':
      return shape.width * shape.height
  }
}

const shapes: Shape[] = [
  { kind: 'circle', radius: 2 },
  { kind: 'square', side: 3 },
  { kind: 'rectangle', width: 4, height: 1.5 },
]

for (const shape of shapes) {
  const area = areaOf(shape)
  console.log(`${shape.kind.padEnd(10)} ${'▇'.repeat(Math.round(area))} ${area.toFixed(2)}`)
}
