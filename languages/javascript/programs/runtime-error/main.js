console.log('before')
const nobody = undefined
console.log(nobody.name)
