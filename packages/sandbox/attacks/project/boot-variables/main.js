if (process.env.NODE_OPTIONS) console.log(process.env.NODE_OPTIONS)
console.log("mine")
