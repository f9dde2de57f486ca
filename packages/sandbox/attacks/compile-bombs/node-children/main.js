const { fork } = require("node:child_process")
for (let i = 0; i < 4; i++) fork(__filename).on("error", () => {})
setInterval(() => {}, 1000)
