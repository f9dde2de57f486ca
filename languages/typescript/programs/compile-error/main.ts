console.log('never printed')
const age: number = = 36
